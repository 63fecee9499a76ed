export type Cell = string | number | null;

/** What makes a spreadsheet take a text for a formula, wherever it comes from (OWASP, "CSV injection"). */
const FORMULA = /^[=+\-@\t\r]/;
const SPECIAL = /[",\r\n]/;

/**
 * Records of a CSV file (RFC 4180): each ends with CRLF, what has a comma, a quote or a line's end in it is quoted, null is empty.
 * A text that a spreadsheet would compute gets an apostrophe in front, which spreadsheets take as "this is text".
 */
export function csvRecords(rows: readonly (readonly Cell[])[]): string {
  let text = "";
  for (const row of rows) text += `${row.map(field).join(",")}\r\n`;
  return text;
}

function field(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return `${cell}`;
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
