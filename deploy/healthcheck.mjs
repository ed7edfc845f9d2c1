// Exits with 0 when the gateway on this machine takes requests: for images and units that have no curl.
const url = `http://127.0.0.1:${process.env.SLUICE_PORT ?? '8080'}/readyz`;
const answer = await fetch(url, { signal: AbortSignal.timeout(2_500) }).catch(() => undefined);
process.exit(answer?.ok === true ? 0 : 1);
