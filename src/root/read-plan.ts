// The policy file -> a Plan that this build can serve.
import type { Logger } from 'pino';
import { configErrors, loadPolicy, type PolicyFiles } from '../config/index.ts';
import { formatDiagnostic, type Plan } from '../policy/index.ts';
import { ENGINE_PROFILES } from '../sim/index.ts';

/** Throws configErrors; warnings go to the log. `files` notes what was read. */
export async function readPlan(path: string, logger: Pick<Logger, 'warn'>, files?: PolicyFiles): Promise<Plan> {
  const compiled = await loadPolicy(path, Object.keys(ENGINE_PROFILES), { files });
  if (compiled.kind === 'invalid')
    throw configErrors.policyInvalid(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  for (const warning of compiled.warnings) logger.warn(formatDiagnostic(warning));
  return compiled.plan;
}
