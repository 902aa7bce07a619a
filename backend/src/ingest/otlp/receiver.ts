/** The OTLP receiver: one reader and one mapping behind gRPC and HTTP. */
import type { Registry } from 'prom-client';
import type { Clock } from '../../catalog/time.ts';
import type { FleetIntake } from '../../fleet/types.ts';
import type { OtlpConfig } from '../config.ts';
import { ingestMetrics } from '../metrics.ts';
import type { Authorize } from './authorization.ts';
import { Gate } from './gate.ts';
import { OtlpGrpcServer } from './grpcServer.ts';
import { OtlpHttpServer } from './httpServer.ts';
import type { IngestLogger } from './logger.ts';
import { MetricsService } from './metricsService.ts';
import { readTls } from './tls.ts';

const MS_PER_SECOND = 1000;
/** How often measurements that waited too long for missing series are looked for. */
const FLUSH_EVERY_MS = 1000;

export interface OtlpReceiverOptions {
  readonly intake: FleetIntake;
  readonly clock: Clock;
  readonly config: OtlpConfig;
  readonly registry: Registry;
  readonly logger: IngestLogger;
  readonly authorize: Authorize;
}

export interface OtlpAddresses {
  /** HOST:PORT */
  readonly grpcAddress: string;
  /** HOST:PORT */
  readonly httpAddress: string;
}

export interface OtlpReceiver {
  /**
   * Starts to listen; both addresses or none.
   * @throws ListenError naming the address and the setting to change
   */
  start(): Promise<OtlpAddresses>;
  /** Refuses newcomers, lets requests in flight finish, delivers what is held, and frees both ports. */
  stop(): Promise<void>;
  /** Drops what is remembered of a server that left the fleet; call it before its slot is given to another. */
  forget(serverIndex: number): void;
}

/** @throws TlsFileError where a configured certificate or key cannot be read */
export function createOtlpReceiver(options: OtlpReceiverOptions): OtlpReceiver {
  const { intake, clock, config, registry, logger, authorize } = options;
  const metrics = ingestMetrics(registry);
  const service = new MetricsService(intake, clock, config, metrics);
  const gate = new Gate(config);
  const tls = readTls(config.tls);
  const shared = { service, gate, config, metrics, logger, authorize, tls };
  const grpc = new OtlpGrpcServer(shared);
  const http = new OtlpHttpServer(shared);
  let flushTimer: NodeJS.Timeout | undefined;

  return {
    async start() {
      const httpAddress = await http.listen();
      const grpcAddress = await grpc.listen().catch(async (error: unknown) => {
        await http.stop(0);
        throw error;
      });
      gate.open();
      flushTimer = setInterval(() => {
        try {
          service.flush();
        } catch (error) {
          logger.error({ error }, 'measurements that were held could not be written');
        }
      }, FLUSH_EVERY_MS);
      logger.info({ grpcAddress, httpAddress, tls: tls !== null }, 'OTLP receiver is listening');
      return { grpcAddress, httpAddress };
    },
    async stop() {
      gate.close();
      clearInterval(flushTimer);
      const drainMs = config.drainSeconds * MS_PER_SECOND;
      await Promise.all([grpc.stop(drainMs), http.stop(drainMs)]);
      service.flushAll();
    },
    forget: (serverIndex) => service.forget(serverIndex),
  };
}
