// The policy file -> a Plan that this build can serve.
import type { Logger } from 'pino';
import { configErrors, loadPolicy } from '../config/index.ts';
import { formatDiagnostic, type Plan } from '../policy/index.ts';
import { ENGINE_PROFILES } from '../sim/index.ts';

/** Throws configErrors; warnings go to the log. */
export async function readPlan(path: string, logger: Pick<Logger, 'warn'>): Promise<Plan> {
  const compiled = await loadPolicy(path, Object.keys(ENGINE_PROFILES));
  if (compiled.kind === 'invalid')
    throw configErrors.policyInvalid(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  for (const warning of compiled.warnings) logger.warn(formatDiagnostic(warning));
  return compiled.plan;
}
