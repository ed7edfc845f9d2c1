// Takes out of a text what looks like a credential, and the keys that Sluice itself holds: the last line before a log is written.

const CENSOR = '[redacted]';

/** A key shorter than this is found in ordinary words. */
const SHORTEST_KEY = 8;

/** Each keeps what stands in its first group: the words that say what was there. */
const LOOKS_SECRET: readonly RegExp[] = [
  /(\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}/gi,
  // Keys by their issuers' prefixes.
  /()\b(?:sk|pk|rk|hf|gsk|xai|nvapi|ghp|AKIA)[-_]?[A-Za-z0-9_-]{16,}/g,
  // Credentials in an address.
  /(:\/\/)[^\s/@"']+(?=@)/g,
  // name=value and "name": "value", also inside of a JSON string; a bare number or boolean is none, and the line stays JSON.
  /((?:api[-_]?key|authorization|password|passwd|secret|access[-_]?token)(?:\\?["'])?\s*[:=]\s*(?:\\?["'])?)(?!\[redacted\]|(?:true|false|null|[\d.]+)\s*[,}])[^\s"'\\,;}&]{4,}/gi,
];

/** `keys` are looked up at every call: pools' keys come and go with the policy. */
export function withoutSecrets(text: string, keys: Iterable<string> = []): string {
  let clean = text;
  for (const key of keys) if (key.length >= SHORTEST_KEY) clean = clean.replaceAll(key, CENSOR);
  for (const pattern of LOOKS_SECRET) clean = clean.replace(pattern, `$1${CENSOR}`);
  return clean;
}
