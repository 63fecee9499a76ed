/** Bytes of a file that the router reads (GREATEST_FILE of the router's service/store/backup.ts). */
const GREATEST_FILE = 1024 * 1024;

/** What can be told of a chosen file before the router looks at it. */
export interface ChosenFile {
  content: unknown;
  /** When it was exported (ISO 8601); "" where it does not say. */
  exported: string;
  /** Whether its secrets are under a passphrase. */
  isLocked: boolean;
}

/** The file, or why it is none. */
export async function chosen(file: Pick<File, "size" | "text">): Promise<ChosenFile | string> {
  if (file.size > GREATEST_FILE) return "This is larger than any exported configuration.";
  let content: unknown;
  try {
    content = JSON.parse(await file.text());
  } catch {
    return "This is no exported configuration. Choose the file that Gatehouse gave, gatehouse-….json.";
  }
  const { exported, secrets } = fields(content);
  return {
    content,
    exported: typeof exported === "string" ? exported : "",
    isLocked: fields(secrets) === secrets,
  };
}

/** Whether a field of the document is one that files leave out. */
export function isSecret(path: string): boolean {
  return /\.(passphrase|password)$/.test(path);
}

/** What the secret at `path` is of, in words: by the names in the file, as far as it is of the present form. */
export function secretLabel(path: string, content: unknown): string {
  const [list = "", index = ""] = /^(wifi\.networks|wans)\.(\d+)\./.exec(path)?.slice(1) ?? [];
  const { document } = fields(content);
  const entries = list === "wans" ? fields(document).wans : fields(fields(document).wifi).networks;
  const name = Array.isArray(entries) ? fields(entries[Number(index)]).name : undefined;
  if (typeof name !== "string" || list === "") return path;
  return list === "wans"
    ? `Password of the provider for “${name}”`
    : `Passphrase of the Wi-Fi network “${name}”`;
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
