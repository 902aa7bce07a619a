/** What the soak run and the process of Argus tell each other. */
import type { AppAddresses } from '../../src/app.ts';
import type { Settings } from '../../test/app/support.ts';

export type ToService =
  /** Begin, with this time on the clock. */
  | { readonly kind: 'start'; readonly nowMs: number; readonly dataDir: string; readonly settings: Settings }
  /** It is that late now. */
  | { readonly kind: 'clock'; readonly nowMs: number }
  /** It is that late now: do what is due. */
  | { readonly kind: 'advance'; readonly nowMs: number }
  | { readonly kind: 'stop' };

export type FromService =
  | { readonly kind: 'started'; readonly addresses: AppAddresses }
  | { readonly kind: 'settled'; readonly seconds: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string };
