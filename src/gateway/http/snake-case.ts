// Our camelCase on the wire: keys in snake_case, values as they are; what is undefined is null, so that every field is seen.

/** Only for records of our own: their keys are names, never data. */
export function toSnakeCase(record: object): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) {
    written[key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = valueOf(value);
  }
  return written;
}

function valueOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(valueOf);
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null ? toSnakeCase(value) : value;
}
