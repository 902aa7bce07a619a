/** Which execution providers are tried, in what order. */

import { readdirSync } from 'node:fs';
import type { ProviderSetting } from './config.ts';
import type { ProviderName } from './protocol.ts';

/** What the machine has, as far as choosing a provider goes. */
export interface Hardware {
  readonly nvidia: boolean;
  /** A graphics device WebGPU may run on; software rasterizers do not count, they are slower than the CPU provider. */
  readonly graphics: boolean;
}

/** Looks at the machine's devices. Off Linux there is no cheap way to tell, so the providers are left to try. */
export function detectHardware(platform: NodeJS.Platform = process.platform): Hardware {
  if (platform === 'darwin') return { nvidia: false, graphics: true };
  if (platform !== 'linux') return { nvidia: true, graphics: true };
  return {
    nvidia: hasEntry('/dev', /^nvidia(ctl|\d+)$/),
    graphics: hasEntry('/dev/dri', /^renderD\d+$/),
  };
}

function hasEntry(folder: string, name: RegExp): boolean {
  try {
    return readdirSync(folder).some((entry) => name.test(entry));
  } catch {
    return false;
  }
}

/**
 * Providers in the order they are tried: `auto` stands for those the machine has hardware for, `cpu` always comes last
 * and a name counts once. A provider named outright is tried whatever the hardware looks like.
 */
export function providerOrder(
  settings: readonly ProviderSetting[],
  hardware: Hardware,
): readonly ProviderName[] {
  const order = new Set<ProviderName>();
  for (const setting of settings) {
    if (setting === 'cpu') break;
    if (setting !== 'auto') order.add(setting);
    else {
      if (hardware.nvidia) order.add('cuda');
      if (hardware.graphics) order.add('webgpu');
    }
  }
  return [...order, 'cpu'];
}
