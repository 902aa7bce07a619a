export type Event = 'progress' | 'listening' | 'failed';

/** Says one line to a person, or one line of JSON to the program that started this one. */
export function speaker(json: boolean): (event: Event, text: string) => void {
  return (event, text) => {
    const stream = event === 'failed' && !json ? process.stderr : process.stdout;
    stream.write(`${json ? JSON.stringify({ event, text }) : text}\n`);
  };
}

/** Keys of the backend, from the environment so that no list of processes shows them. */
export function keysFromEnvironment(): { readonly apiKey?: string; readonly adminKey?: string } {
  const apiKey = process.env.ARGUS_API_KEY;
  const adminKey = process.env.ARGUS_ADMIN_KEY;
  return { ...(apiKey && { apiKey }), ...(adminKey && { adminKey }) };
}
