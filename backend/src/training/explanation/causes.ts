/** Which metrics a simulated failure breaks, as families of an explanation. */

/**
 * By kind of the truth: the metrics whose leading symptom it is. A swap storm shows in swap and in the memory that runs
 * out; a cascade reaches a server as connections to a back end that no longer answers. A crash shows in nothing.
 */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  memory_leak: ['memory'],
  disk_fill: ['disk'],
  runaway_process: ['cpu'],
  cpu_saturation: ['cpu'],
  connection_leak: ['connections'],
  network_saturation: ['network'],
  swap_storm: ['swap', 'memory'],
  noisy_neighbour: ['cpu'],
  cascade: ['connections'],
};

/** Families that are the true cause; undefined for a kind that breaks no metric, or an unknown one. */
export function causesOf(kind: string): readonly string[] | undefined {
  return CAUSES[kind];
}
