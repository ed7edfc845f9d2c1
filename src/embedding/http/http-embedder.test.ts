// The client of embedding servers: what it asks, what it keeps, and that no server makes it wait or throw.
import { describe, expect, it, onTestFinished } from 'vitest';
import { manualClock } from '../../base/index.ts';
import { embeddingServer, honest, numbersOf, WIDTH } from '../fixtures/embedding-servers.ts';
import { manualAfter } from '../fixtures/manual-after.ts';
import type { Embedding, SentenceEmbedder } from '../sentence-embedder.ts';
import { unitVector } from '../unit-vector.ts';
import { createHttpEmbedder, type HttpOptions } from './http-embedder.ts';

async function open(url: string, options: Partial<HttpOptions> = {}): Promise<SentenceEmbedder> {
  const embedder = await createHttpEmbedder({ url, model: 'm', deadlineMs: 20_000, ...options });
  onTestFinished(() => embedder.close());
  return embedder;
}

const why = (embedding: Embedding): string => (embedding.kind === 'absent' ? embedding.why : 'a vector');

/** Answers that the test gives when it wants to, in the order of asking. */
async function slowServer() {
  const held: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  const server = await embeddingServer((response, body) => {
    held.push(() => honest(response, body));
    waiting.shift()?.();
  });
  return {
    ...server,
    release: () => held.shift()?.(),
    /** Resolves at the next call. */
    called: () => new Promise<void>((resolve) => void waiting.push(resolve)),
  };
}

describe('a call', () => {
  it('asks as OpenAI has it, with the key, below the base URL', async () => {
    const { url, asked } = await embeddingServer();
    const embedder = await open(`${url}/`, { key: 'sk-secret', dimensions: WIDTH });
    const text = 'what is asked';
    expect(await embedder.embed(text)).toEqual({
      kind: 'vector',
      vector: unitVector(numbersOf(text)),
      space: embedder.fingerprint,
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      path: '/v1/embeddings',
      headers: { authorization: 'Bearer sk-secret', 'content-type': 'application/json' },
      body: { model: 'm', input: text, encoding_format: 'float', dimensions: WIDTH },
    });
  });

  it('learns the width from the server, and does not ask for one then', async () => {
    const { url, asked } = await embeddingServer();
    const embedder = await open(url);
    expect(embedder.dimensions).toBe(WIDTH);
    expect(asked[0]?.body).not.toHaveProperty('dimensions');
    expect(asked[0]?.headers).not.toHaveProperty('authorization');
  });

  it('sends the head of a long text, and no lone surrogate', async () => {
    const { url, asked } = await embeddingServer();
    const embedder = await open(url, { dimensions: WIDTH, maxChars: 5 });
    await embedder.embed('abcd😀 and more');
    await embedder.embed('\ud800a');
    expect(asked.map(({ body }) => body['input'])).toEqual(['abcd�', '�a']);
  });
});

describe('the fingerprint', () => {
  it('is that of model and width, wherever the server is', async () => {
    const [one, other] = [await embeddingServer(), await embeddingServer()];
    const { fingerprint } = await open(one.url, { key: 'k' });
    expect((await open(other.url, { dimensions: WIDTH })).fingerprint).toBe(fingerprint);
    expect((await open(other.url, { model: 'n' })).fingerprint).not.toBe(fingerprint);
    expect((await open(other.url, { dimensions: 8 })).fingerprint).not.toBe(fingerprint);
  });
});

describe('a text that comes again', () => {
  it('is asked for once while it is under way, and not at all while it is kept', async () => {
    const { url, asked, called, release } = await slowServer();
    const embedder = await open(url, { dimensions: WIDTH, cache: 2 });
    const first = called();
    const same = [embedder.embed('a'), embedder.embed('a'), embedder.embed('a')];
    await first;
    release();
    const vectors = (await Promise.all(same)).map((one) => (one.kind === 'vector' ? one.vector : undefined));
    expect(asked).toHaveLength(1);
    // Each caller's own: one may write into it.
    vectors[0]?.fill(0);
    expect(vectors[1]).toEqual(unitVector(numbersOf('a')));
    const again = await embedder.embed('a');
    expect(again.kind === 'vector' && again.vector).toEqual(vectors[1]);
    if (again.kind === 'vector') again.vector.fill(0);
    expect(await embedder.embed('a')).toMatchObject({ vector: vectors[1] });
    expect(asked).toHaveLength(1);
  });

  it('is forgotten when as many others as are kept have come since', async () => {
    const { url, asked } = await embeddingServer();
    const embedder = await open(url, { dimensions: WIDTH, cache: 2 });
    for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) await embedder.embed(text);
    expect(asked.map(({ body }) => body['input'])).toEqual(['a', 'b', 'c', 'b']);
  });

  it('is asked for again when nothing is kept', async () => {
    const { url, asked } = await embeddingServer();
    const embedder = await open(url, { dimensions: WIDTH, cache: 0 });
    for (const text of ['a', 'a']) await embedder.embed(text);
    expect(asked).toHaveLength(2);
  });
});

describe('many texts at once', () => {
  it('are asked for so many at a time, the rest waits, and what is beyond is absent at once', async () => {
    const { url, asked, called, release } = await slowServer();
    const embedder = await open(url, { dimensions: WIDTH, concurrency: 2 });
    const both = [called(), called()];
    const texts = Array.from({ length: 18 }, (_, i) => embedder.embed(`text ${i}`));
    expect(why(await embedder.embed('beyond'))).toBe('18 texts are under way already');
    await Promise.all(both);
    for (let i = 0; i < 18; i++) {
      expect(asked.length).toBeLessThanOrEqual(i + 2);
      const next = i < 16 ? called() : undefined;
      release();
      await next;
    }
    expect((await Promise.all(texts)).map(({ kind }) => kind)).toEqual(texts.map(() => 'vector'));
  });
});

describe('a server that lies or fails', () => {
  it.each([
    ['another dimension', 200, '{"data": [{"embedding": [1, 2, 3]}]}', 'its vector has 3 dimensions instead of 24'],
    ['NaN', 200, '{"data": [{"embedding": [NaN]}]}', 'its answer is not JSON'],
    ['nothing', 200, '', 'its answer is not JSON'],
    ['no vector', 200, '{"data": []}', 'its answer holds no vector'],
    ['an error', 500, '{"error": {"message": "the key sk-secret is wrong"}}', 'it answered with 500'],
    ['a redirect', 302, '', 'it answered with 302'],
    ['an answer that does not end', 200, `{"data": [${'1,'.repeat(600_000)}`, 'its answer is longer than any vector'],
  ])('with %s is absence, in words that hold nothing of its own', async (_, status, text, reason) => {
    const { url } = await embeddingServer((response) => {
      response.writeHead(status, { location: '/elsewhere' });
      response.end(text);
    });
    const embedder = await open(url, { dimensions: WIDTH, key: 'sk-secret' });
    expect(await embedder.embed('a')).toEqual({ kind: 'absent', why: `the embedding server: ${reason}` });
  });

  it('by breaking off is absence', async () => {
    const { url } = await embeddingServer((response) => response.destroy());
    expect(why(await (await open(url, { dimensions: WIDTH })).embed('a'))).toMatch(
      /it cannot be asked \(UND_ERR_SOCKET\)/,
    );
  });

  it('by silence is absence at the deadline, before and after the head of its answer', async () => {
    for (const head of [false, true]) {
      const time = manualAfter();
      let heard = (): void => undefined;
      const asked = new Promise<void>((resolve) => (heard = resolve));
      const { url } = await embeddingServer((response) => {
        if (head) response.write('{');
        setImmediate(heard);
      });
      const embedder = await open(url, { dimensions: WIDTH, deadlineMs: 100, after: time.after });
      const silent = embedder.embed('a');
      await asked;
      time.advance(100);
      expect(why(await silent)).toBe('the embedding server: it did not answer within 100 ms');
    }
  });

  it('that is not there is left alone after three failures, and asked again after a pause', async () => {
    const clock = manualClock();
    let works = false;
    const { url, asked } = await embeddingServer((response, body) => {
      if (works) honest(response, body);
      else response.writeHead(503).end();
    });
    const embedder = await open(url, { dimensions: WIDTH, clock });
    for (const text of ['a', 'b', 'c', 'd', 'e']) await embedder.embed(text);
    expect(asked).toHaveLength(3);
    expect(why(await embedder.embed('f'))).toContain('left alone');
    clock.advance(1_000);
    await embedder.embed('g');
    expect(why(await embedder.embed('h'))).toContain('left alone');
    expect(asked).toHaveLength(4);
    works = true;
    clock.advance(2_000);
    for (const text of ['i', 'j']) expect((await embedder.embed(text)).kind).toBe('vector');
  });

  it('that refuses texts as too long is asked for others', async () => {
    const { url, asked } = await embeddingServer((response, body) => {
      if (String(body['input']).length > 3) response.writeHead(413).end();
      else honest(response, body);
    });
    const embedder = await open(url, { dimensions: WIDTH });
    for (let i = 0; i < 5; i++) expect(why(await embedder.embed(`long ${i}`))).toContain('413');
    expect((await embedder.embed('abc')).kind).toBe('vector');
    expect(asked).toHaveLength(6);
  });

  it('at the start is an error without a said width, and no obstacle with one', async () => {
    const { url } = await embeddingServer((response) => response.writeHead(503).end());
    const error: unknown = await open(url, { key: 'sk-secret' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SLUICE_EMBEDDING_SERVER_FAILED' });
    expect(String(error)).toContain('say how many dimensions');
    expect(String(error)).not.toContain('sk-secret');
    expect((await open(url, { dimensions: WIDTH })).dimensions).toBe(WIDTH);
  });
});
