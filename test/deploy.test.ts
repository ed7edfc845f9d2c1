// What lies in deploy/ against what is there: the image's steps are taken without a container engine, the rest is read and compared.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { atEnd, tempDirectory, until } from './e2e/harness.ts';

const root = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const run = promisify(execFile);

/** Of the image: what is only there for development, and the optional encoder unless it is asked for. */
const PRUNE =
  'if [ -z "$ENCODER" ]; then npm pkg delete optionalDependencies; fi && npm prune --omit=dev --ignore-scripts';

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** By stage; what stands before the first FROM is left out. */
function stagesOf(dockerfile: string): Instruction[][] {
  const lines = dockerfile
    .replaceAll(/^#.*\n/gmu, '')
    .replaceAll('\\\n', ' ')
    .split('\n');
  const stages: Instruction[][] = [];
  for (const line of lines.filter((text) => text.trim() !== '')) {
    const [, name = '', rest = ''] = /^(\w+) +(.*)$/u.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, rest });
  }
  return stages;
}

const [buildStage = [], finalStage = []] = stagesOf(read('deploy/Dockerfile'));
const of = (stage: readonly Instruction[], name: string): string[] =>
  stage.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
const arrayOf = (text: string): string[] => JSON.parse(text) as string[];
const environmentOf = (text: string): Record<string, string> =>
  Object.fromEntries(text.split(/\s+/u).map((pair) => pair.split('=', 2) as [string, string]));

/** COPY into `target`, from the checkout or from what an earlier stage has built. */
function copy(rest: string, target: string, built: string | undefined): void {
  const words = rest.split(/\s+/u).filter((word) => !word.startsWith('--'));
  const to = words.pop() ?? '';
  for (const word of words) {
    const from = rest.startsWith('--from=build') ? word.replace(/^\/build/u, built ?? '') : join(root, word);
    expect(existsSync(from), `COPY ${rest}`).toBe(true);
    const into = to.endsWith('/') ? join(target, to, word.split('/').at(-1) ?? '') : join(target, to);
    mkdirSync(dirname(into), { recursive: true });
    if (word.endsWith('node_modules')) symlinkSync(join(root, 'node_modules'), into);
    else cpSync(from, into, { recursive: true });
  }
}

/** One that the system gives nobody who does not ask for it, and that is free. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const taken = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(true));
      server.listen(port, '127.0.0.1', () => void server.close(() => resolve(false)));
    });
    if (!taken) return port;
  }
}

describe('deploy/Dockerfile', () => {
  it('its steps give a gateway that serves, is healthy, drains on its stop signal and exits with 0', async () => {
    const [build, app] = [join(tempDirectory(), 'build'), join(tempDirectory(), 'app')];
    for (const { name, rest } of buildStage) {
      if (name === 'COPY') copy(rest, build, undefined);
      // What the two other steps leave is taken from the checkout; their outcome is held by what dist/ asks for below.
      if (rest === 'npm ci --ignore-scripts') symlinkSync(join(root, 'node_modules'), join(build, 'node_modules'));
      else if (rest === 'node build.mjs') await run('node', ['build.mjs'], { cwd: build });
      else if (name === 'RUN') expect(rest).toBe(PRUNE);
    }
    for (const rest of of(finalStage, 'COPY')) copy(rest, app, build);
    expect(packagesAskedFor(join(app, 'dist'))).toEqual(production);

    const port = await freePort();
    const [command = '', ...args] = [
      ...arrayOf(of(finalStage, 'ENTRYPOINT')[0] ?? ''),
      ...arrayOf(of(finalStage, 'CMD')[0] ?? ''),
    ];
    const said = environmentOf(of(finalStage, 'ENV')[0] ?? '');
    const env = { ...said, PATH: process.env['PATH'], SLUICE_PORT: String(port), SLUICE_DATA_DIR: join(app, 'data') };
    const child = spawn(command, args, { cwd: app, env });
    const ended = once(child, 'close');
    atEnd(() => child.kill('SIGKILL') && ended);
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (printed += String(text)));
    await until('it serves', () => printed.includes('Sluice routes') || child.exitCode !== null, 60_000);

    const healthcheck = arrayOf(/CMD (\[.*\])$/u.exec(of(finalStage, 'HEALTHCHECK')[0] ?? '')?.[1] ?? '');
    const [check = '', ...checked] = healthcheck;
    expect(spawnSync(check, checked, { cwd: app, env }).status, printed).toBe(0);
    child.kill((of(finalStage, 'STOPSIGNAL')[0] ?? '') as NodeJS.Signals);
    expect(await ended, printed).toEqual([0, null]);
    expect(printed).toMatch(/sluice: draining\nsluice: stopped\n$/u);
    expect(spawnSync(check, checked, { cwd: app, env }).status).toBe(1);
  }, 300_000);

  it('runs as another user than root, on a base that can be chosen, and its data is a volume', () => {
    expect(read('deploy/Dockerfile')).toMatch(/^ARG NODE_IMAGE=node:20-slim$/mu);
    expect(of(buildStage, 'FROM')).toEqual(['${NODE_IMAGE} AS build']);
    expect(of(finalStage, 'FROM')).toEqual(['${NODE_IMAGE}']);
    expect(of(finalStage, 'USER')).toEqual(['node']);
    const said = environmentOf(of(finalStage, 'ENV')[0] ?? '');
    expect(of(finalStage, 'VOLUME')).toEqual([said['SLUICE_DATA_DIR']]);
    expect(of(finalStage, 'EXPOSE')).toEqual([said['SLUICE_PORT']]);
  });

  it('is given every file that it copies, and nothing else', () => {
    const [everything, ...rest] = read('deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => /^[^#\s]/u.test(line));
    const given = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = [...of(buildStage, 'COPY'), ...of(finalStage, 'COPY')]
      .filter((text) => !text.startsWith('--from'))
      .flatMap((text) => text.split(' ').slice(0, -1));
    expect(everything).toBe('*');
    expect(given.toSorted()).toEqual(copied.toSorted());
  });

  it.each([
    ['', []],
    ['1', ['@xenova/transformers', 'onnxruntime-node']],
  ])('with ENCODER="%s" the image carries of the optional encoder %j, and LMDB', async (encoder, carried) => {
    expect(of(buildStage, 'ARG')).toEqual(['ENCODER=']);
    const folder = tempDirectory();
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, file), join(folder, file));
    // The lock alone: the same step on half a gigabyte of packages.
    const step = `${PRUNE} --package-lock-only --offline`;
    await run('sh', ['-c', step], { cwd: folder, env: { ...process.env, ENCODER: encoder } });
    const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as { packages: object };
    const left = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//u, ''));
    expect(left.filter((name) => ['@xenova/transformers', 'onnxruntime-node'].includes(name)).toSorted()).toEqual(
      carried,
    );
    expect(left.some((name) => /transformers|onnxruntime|^sharp$/u.test(name))).toBe(carried.length > 0);
    expect(left).toEqual(expect.arrayContaining(['lmdb', '@lmdb/lmdb-linux-x64', '@lmdb/lmdb-linux-arm64']));
  });

  it('every native package that production needs is there without scripts of its own', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<
        string,
        { hasInstallScript?: boolean; dev?: boolean; optionalDependencies?: Record<string, string> }
      >;
    };
    const scripted = Object.entries(lock.packages).filter(
      ([, pack]) => pack.hasInstallScript === true && pack.dev !== true,
    );
    // esbuild's checks its binary, LMDB's and msgpackr's build where none was prebuilt.
    for (const [path, { optionalDependencies = {} }] of scripted) {
      if (path.endsWith('/fsevents')) continue;
      // Of the optional encoder: the one's script fetches binaries for GPUs, those for the CPU are in it; the other's only talks.
      if (/\/(?:onnxruntime-node|protobufjs)$/u.test(path)) continue;
      expect(
        Object.keys(optionalDependencies).filter((name) => /linux-x64|linux-arm64/u.test(name)).length,
        path,
      ).toBeGreaterThanOrEqual(2);
    }
  });
});

const production = Object.keys(
  (JSON.parse(read('package.json')) as { dependencies: Record<string, string> }).dependencies,
);

/** Of compiled files, by import or require; what the packages inside do without where it is missing is left out. */
function packagesAskedFor(directory: string): string[] {
  const optional = new Set(['supports-color', 'node:sqlite']);
  const names = new Set<string>();
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(join(directory, file), 'utf8');
    for (const [, name = ''] of text.matchAll(
      /(?:^(?:import .*|\} )from |^import |__require\(|\bimport\()"([^"]+)"/gmu,
    )) {
      if (!name.startsWith('.') && !isBuiltin(name) && !optional.has(name)) names.add(name);
    }
  }
  return [...names];
}

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly volumes: readonly string[];
  readonly env_file?: readonly string[];
  readonly environment?: unknown;
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly restart: string;
  readonly read_only: boolean;
  readonly tmpfs: readonly string[];
  readonly stop_grace_period?: string;
}

describe('deploy/compose.yaml', () => {
  const compose = parse(read('deploy/compose.yaml'), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  const services = Object.entries(compose.services);

  it.each(services)(
    '%s has an image, a health check, a restart policy and no file system to write to',
    (_name, service) => {
      expect(service.image).toMatch(/^[\w./-]+:[\w.-]+$/u);
      expect(service.healthcheck.test[0]).toBe('CMD');
      expect(service).toMatchObject({ restart: 'unless-stopped', read_only: true, tmpfs: ['/tmp'] });
      expect(service.environment).toBeUndefined();
    },
  );

  it('names volumes, files, services and ports that there are', () => {
    for (const [, service] of services) {
      for (const volume of service.volumes) {
        const [source = '', target = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(join(root, 'deploy', source)), volume).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
        expect(target).toMatch(/^\//u);
      }
      for (const other of service.depends_on ?? []) expect(Object.keys(compose.services)).toContain(other);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/u);
      if (service.build !== undefined) {
        expect(existsSync(join(root, 'deploy', service.build.context, service.build.dockerfile))).toBe(true);
      }
    }
    const { sluice } = compose.services;
    expect(sluice?.env_file).toEqual(['sluice.env']);
    expect(sluice?.volumes).toContain(`sluice-data:${of(finalStage, 'VOLUME')[0]}`);
    expect(sluice?.ports).toEqual([`127.0.0.1:8080:${of(finalStage, 'EXPOSE')[0]}`]);
    expect(sluice?.healthcheck.test.slice(1)).toEqual(['node', 'deploy/healthcheck.mjs']);
    expect(compose.services['redis']?.image).toBe('redis:7');
    const prometheus = parse(read('deploy/prometheus.yml')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    expect(prometheus.scrape_configs[0]?.static_configs[0]?.targets).toEqual(['sluice:8080']);
  });

  it('docker compose takes it, where there is one', (context) => {
    if (spawnSync('docker', ['compose', 'version']).status !== 0) {
      process.stderr.write('deploy: docker compose config is SKIPPED: there is no docker compose\n');
      context.skip();
    }
    const folder = tempDirectory();
    cpSync(join(root, 'deploy'), folder, { recursive: true });
    cpSync(join(folder, 'sluice.env.example'), join(folder, 'sluice.env'));
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], { cwd: folder, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });
});

describe('deploy/sluice.service', () => {
  const unit = read('deploy/sluice.service');
  const valueOf = (key: string): string => new RegExp(`^${key}=(.*)$`, 'mu').exec(unit)?.[1] ?? '';

  it('systemd takes it, where there is one', (context) => {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0 || !existsSync('/usr/bin/node')) {
      process.stderr.write('deploy: systemd-analyze verify is SKIPPED: no systemd, or no /usr/bin/node\n');
      context.skip();
    }
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(root, 'deploy/sluice.service')], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('starts what the image starts, reloads by SIGHUP, drains before it is killed, and does not repeat what cannot be served', () => {
    const entry = [...arrayOf(of(finalStage, 'ENTRYPOINT')[0] ?? ''), ...arrayOf(of(finalStage, 'CMD')[0] ?? '')];
    expect(valueOf('ExecStart').replaceAll('/usr/bin/', '').replaceAll('/opt/sluice/', '')).toBe(entry.join(' '));
    expect(valueOf('ExecReload')).toBe('/bin/kill -HUP $MAINPID');
    expect(valueOf('KillMode')).toBe('mixed');
    expect(Number(valueOf('TimeoutStopSec'))).toBeGreaterThan(30 + 10);
    expect(valueOf('RestartPreventExitStatus')).toBe('2');
    expect(valueOf('Environment')).toContain(`SLUICE_DATA_DIR=/var/lib/${valueOf('StateDirectory')}`);
    expect(existsSync(join(root, valueOf('Documentation').replace('file:///opt/sluice/', '')))).toBe(true);
  });
});

it.each([
  'deploy/Dockerfile',
  'deploy/compose.yaml',
  'deploy/sluice.service',
  'deploy/sluice.env.example',
  'deploy/healthcheck.mjs',
  'docs/operations.md',
])('%s names no setting that the gateway does not know', (file) => {
  const known = settingsInCode();
  expect(known.size).toBeGreaterThan(8);
  const named = (read(file).match(/\bSLUICE_[A-Z_]+/gu) ?? []).filter((name) => !codes.has(name));
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

function settingsInCode(): ReadonlySet<string> {
  const files = ['src/config/gateway-config.ts', 'src/telemetry/tracing-config.ts'];
  return new Set(files.flatMap((file) => read(file).match(/\bSLUICE_[A-Z_]+/gu) ?? []));
}

it('the help of `sluice serve` names every setting', () => {
  const help = read('src/cli/serve.ts');
  expect([...settingsInCode()].filter((name) => !help.includes(name))).toEqual([]);
});

/** docs/errors.md is held to the code by a test of its own. */
const codes = new Set(read('docs/errors.md').match(/\bSLUICE_[A-Z_]+/gu));

it('the example of settings names every one, with its default', async () => {
  const { readConfig } = await import('../src/config/index.ts');
  const example = read('deploy/sluice.env.example');
  const pairs = [...example.matchAll(/^#(SLUICE_[A-Z_]+)=(.*)$/gmu)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  const known = settingsInCode();
  expect(pairs.map(([name]) => name).toSorted()).toEqual([...known].toSorted());
  expect(readConfig({}, Object.fromEntries(pairs), 0)).toEqual(readConfig({}, { SLUICE_SEED: '7' }, 0));
});
