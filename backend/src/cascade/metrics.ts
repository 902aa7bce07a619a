import { Counter, Gauge, type Registry } from 'prom-client';
import { commonInWords } from './describe.ts';
import type { Cascade } from './types.ts';

/** Cascades as metrics, and what their detection costs. */
export class CascadeMetrics {
  readonly #active: Gauge;
  readonly #members: Gauge<'cascade' | 'leader' | 'common'>;
  readonly #member: Gauge<'server' | 'cascade'>;
  readonly #detected: Counter;
  readonly #duration: Gauge;
  readonly #watched: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#active = new Gauge({
      name: 'argus_cascade_active',
      help: 'Groups of servers that deviate together now.',
      registers,
    });
    this.#members = new Gauge({
      name: 'argus_cascade_members',
      help: 'Servers of a cascade that goes on.',
      labelNames: ['cascade', 'leader', 'common'],
      registers,
    });
    this.#member = new Gauge({
      name: 'argus_cascade_member',
      help: 'A server that is part of a cascade, always 1; absent otherwise.',
      labelNames: ['server', 'cascade'],
      registers,
    });
    this.#detected = new Counter({
      name: 'argus_cascade_detected_total',
      help: 'Cascades found since the start.',
      registers,
    });
    this.#duration = new Gauge({
      name: 'argus_cascade_duration_seconds',
      help: 'Time the newest look for cascades took.',
      registers,
    });
    this.#watched = new Gauge({
      name: 'argus_cascade_watched_servers',
      help: 'Servers whose habits are known, so that they are compared.',
      registers,
    });
  }

  update(active: readonly Cascade[], watched: number, durationSeconds: number): void {
    this.#active.set(active.length);
    this.#watched.set(watched);
    this.#duration.set(durationSeconds);
    this.#members.reset();
    this.#member.reset();
    for (const { id, leader, common, members } of active) {
      const labels = { cascade: id, leader: leader.server, common: commonInWords(common) ?? 'nothing known' };
      this.#members.set(labels, members.length);
      for (const { server } of members) this.#member.set({ server, cascade: id }, 1);
    }
  }

  detected(): void {
    this.#detected.inc();
  }
}
