/** The command line: argus <command> [options]. It only finds the command and starts it. */
import { commands } from './commands/index.ts';
import { reportFailure } from './commands/terminal.ts';

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(overview());
    return name === undefined ? 2 : 0;
  }
  const entry = commands.get(name);
  if (entry === undefined) {
    process.stderr.write(`There is no command "${name}".\n\n${overview()}`);
    return 2;
  }
  const { command } = await entry.load();
  if (args.includes('--help')) {
    process.stdout.write(`${command.usage}\n`);
    return 0;
  }
  return command.run(args);
}

function overview(): string {
  const width = Math.max(...[...commands.keys()].map((name) => name.length));
  const lines = [...commands].map(([name, entry]) => `  ${name.padEnd(width)}  ${entry.summary}`);
  return `argus <command> [options]\n\n${lines.join('\n')}\n\nargus <command> --help shows a command's options.\n`;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = reportFailure(error);
}
