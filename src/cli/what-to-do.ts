// An error of starting, as what the operator can do about it; a stack only where nobody foresaw it.
import { SluiceError } from '../base/index.ts';

export function whatToDo(error: unknown): string {
  const { code, message, port } = error as { code?: string; message: string; port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is taken; choose another with --port`;
  if (code === 'EACCES') return `not allowed to listen on port ${port}; choose one above 1023 with --port`;
  return error instanceof SluiceError || code?.startsWith('SLUICE_') === true
    ? message
    : ((error as Error).stack ?? message);
}
