import { pino } from 'pino';
import type { Logger } from 'pino';
import { visible } from './io.js';
import type { LOG_FORMATS, LOG_LEVELS } from './settings.js';

export interface LogOptions {
  /** The lowest level that is logged. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly logFormat: (typeof LOG_FORMATS)[number];
}

/** The fields that a line of text shows; a line of JSON shows all. */
interface Line {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly error?: { readonly stack?: string };
}

/**
 * The log of a command that runs until it is stopped, on stderr. A line has a time (UTC), a level and a message, which
 * is a whole sentence. As JSON, it also has the process, the host and the fields of what happened; as text, below it
 * comes the stack of an error.
 */
export function openLog({ logLevel, logFormat }: LogOptions): Logger {
  const write = (line: string): void =>
    void process.stderr.write(visible(logFormat === 'json' ? line : textOf(JSON.parse(line) as Line)));
  return pino(
    {
      level: logLevel,
      messageKey: 'message',
      errorKey: 'error',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  );
}

function textOf({ time, level, message, error }: Line): string {
  const stack = error?.stack === undefined ? '' : `${error.stack}\n`;
  return `${time} ${level.toUpperCase().padEnd(5)} ${message.replaceAll('\n', '\\n')}\n${stack}`;
}
