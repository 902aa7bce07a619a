/** The part of GET /metrics that changes once a cycle: rendered when it is first asked for, then kept. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32, createDeflateRaw, constants as zlib } from 'node:zlib';
import type { FleetView } from '../fleet/types.ts';
import type { ForecastView } from '../forecast/types.ts';
import { summarizeFleet } from '../risk/fleetSummary.ts';
import type { RiskView } from '../risk/types.ts';
import { bytesOf, ExpositionWriter, quotedLabel } from './exposition.ts';
import { FORECAST_SERIES_PER_SERVER, type PageRow, SERVER_FAMILIES, writeFleetFamilies } from './families.ts';

/** Servers written between two turns of the event loop: about a millisecond of work for the largest family. */
const SERVERS_A_TURN = 100;

export interface PageSources {
  readonly fleet: FleetView;
  readonly forecast: ForecastView;
  readonly risk: RiskView;
}

/** A page whose compressed form can be continued: more text may follow. */
export interface DeflatedPage {
  /** Raw deflate data that ends on a byte, without a final block. */
  readonly data: readonly Uint8Array[];
  readonly crc: number;
  /** Bytes before compression. */
  readonly bytes: number;
}

/** Renders and keeps the servers' part of the page until it is told that it changed. */
export class ServerPage {
  readonly #sources: PageSources;
  readonly #forecastServers: number;
  #state = '';
  #text: Promise<readonly Uint8Array[]> | undefined;
  #deflated: Promise<DeflatedPage> | undefined;

  /** @param forecastSeries most argus_forecast series on the page */
  constructor(sources: PageSources, forecastSeries: number) {
    this.#sources = sources;
    this.#forecastServers = Math.floor(forecastSeries / FORECAST_SERIES_PER_SERVER);
  }

  /** Call after a cycle ended or a server left. */
  invalidate(): void {
    this.#text = undefined;
    this.#deflated = undefined;
  }

  text(): Promise<readonly Uint8Array[]> {
    this.#checkState();
    this.#text ??= this.#render();
    return this.#text;
  }

  deflated(): Promise<DeflatedPage> {
    this.#checkState();
    this.#deflated ??= this.#deflate();
    return this.#deflated;
  }

  /** Servers join and go stale between cycles too. */
  #checkState(): void {
    const { fleet, forecast } = this.#sources;
    let listed = 0;
    for (const server of fleet.servers()) if (!fleet.isStale(server.index)) listed += 1;
    const state = `${forecast.originStep}/${listed}`;
    if (state === this.#state) return;
    this.invalidate();
    this.#state = state;
  }

  async #render(): Promise<readonly Uint8Array[]> {
    const rows = this.#rows();
    const out = new ExpositionWriter();
    const summary = summarizeFleet(rows.flatMap(({ assessment }) => assessment ?? []));
    writeFleetFamilies(out, summary, rows.filter((row) => row.hasForecastSeries).length);
    for (const family of SERVER_FAMILIES) {
      out.bytes(family.header);
      for (let from = 0; from < rows.length; from += SERVERS_A_TURN) {
        const end = Math.min(rows.length, from + SERVERS_A_TURN);
        for (let at = from; at < end; at += 1) family.write(out, rows[at], this.#sources.forecast);
        await nextTurn();
      }
    }
    return out.finish();
  }

  async #deflate(): Promise<DeflatedPage> {
    // Prometheus asks for gzip: the text, twenty times as large, is kept only where someone asked for it.
    const chunks = await (this.#text ?? this.#render());
    const stream = createDeflateRaw({ level: zlib.Z_BEST_SPEED, finishFlush: zlib.Z_FULL_FLUSH });
    let crc = 0;
    let bytes = 0;
    const feed = async () => {
      for (const chunk of chunks) {
        crc = crc32(chunk, crc);
        bytes += chunk.length;
        if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve));
      }
      stream.end();
    };
    const fed = feed();
    const data: Uint8Array[] = [];
    for await (const piece of stream) data.push(piece as Uint8Array);
    await fed;
    return { data, crc, bytes };
  }

  /** Every server that is not stale; the riskiest have forecast series where not all can. */
  #rows(): readonly PageRow[] {
    const { fleet, forecast, risk } = this.#sources;
    const listed = [...fleet.servers()]
      .filter((server) => !fleet.isStale(server.index))
      .map((server) => ({ server, assessment: risk.assessmentOf(server.name) }));
    const riskiest = [...listed]
      .filter(({ assessment }) => assessment !== undefined)
      .sort((a, b) => (b.assessment?.score ?? 0) - (a.assessment?.score ?? 0))
      .slice(0, this.#forecastServers);
    const chosen = new Set(riskiest.map(({ server }) => server.index));
    return listed.map(({ server, assessment }) => ({
      label: bytesOf(`server=${quotedLabel(server.name)}`),
      index: server.index,
      mode: forecast.modeOf(server.index),
      assessment,
      hasForecastSeries: chosen.has(server.index),
    }));
  }
}
