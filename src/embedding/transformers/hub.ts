// Takes a model from the hub into a folder, once: what runs it later needs no network.
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Agent, fetch, type Response } from 'undici';
import { embeddingErrors } from '../errors.ts';
import { LIMITS_FILE, NEEDED_FILES, POOLING_FILE, README_FILE, weightsFile, type Dtype } from './model-folder.ts';

export interface Download {
  readonly model: string;
  readonly dtype: Dtype;
  readonly hubUrl: string;
  readonly cacheDirectory: string;
}

/** `name` or `owner/name`, of which no part leads out of the folder. */
const NAME = /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)?$/;

const PATIENCE = { connect: { timeout: 10_000 }, headersTimeout: 15_000, bodyTimeout: 30_000 } as const;

/** The folder, with all that it needs. Rejects with embeddingErrors. What has been downloaded before is not asked for again. */
export async function downloadModel({ model, dtype, hubUrl, cacheDirectory }: Download): Promise<string> {
  if (!NAME.test(model)) throw embeddingErrors.hubFailed(model, 'neither a folder nor the name of a model');
  const folder = join(cacheDirectory, ...model.split('/'));
  const agent = new Agent(PATIENCE);

  async function bring(file: string, ifAbsent: string | undefined): Promise<void> {
    const place = join(folder, file);
    const present = await stat(place).then(
      () => true,
      () => false,
    );
    if (present) return;
    await mkdir(dirname(place), { recursive: true });
    const response = await fetch(`${hubUrl}/${model}/resolve/main/${file}`, { dispatcher: agent });
    if (response.status === 404 && ifAbsent !== undefined) {
      await response.body?.cancel();
      await writeFile(place, ifAbsent);
      return;
    }
    await write(response, place);
  }

  try {
    for (const file of [...NEEDED_FILES, weightsFile(dtype)]) await bring(file, undefined);
    // That there is none is kept too, or every start would have to ask.
    for (const file of [POOLING_FILE, LIMITS_FILE]) await bring(file, '{}');
    await bring(README_FILE, '');
  } catch (error) {
    throw embeddingErrors.hubFailed.with({ cause: error }, model, reasonOf(error));
  } finally {
    await agent.destroy();
  }
  return folder;
}

/** Under its name only when it is whole. */
async function write({ ok, status, url, body }: Response, place: string): Promise<void> {
  if (!ok || body === null) {
    await body?.cancel();
    throw new Error(`${url} answered with ${status}`);
  }
  const part = `${place}.${process.pid}.part`;
  try {
    await pipeline(body, createWriteStream(part));
    await rename(part, place);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
