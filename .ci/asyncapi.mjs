// Validates the AsyncAPI document in the file that the first argument names, with the reference parser.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

// Installed beside the working directory, not beside this file.
const { Parser } = createRequire(`${process.cwd()}/`)("@asyncapi/parser");

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], "utf8"));
for (const { severity, code, message, path } of diagnostics) {
  console.log(["error", "warning", "information", "hint"][severity], code, path.join("."), message);
}
const isSound = document !== undefined && diagnostics.every(({ severity }) => severity > 1);
console.log(isSound ? `sound: ${document.operations().length} operations` : "not a sound document");
process.exit(isSound ? 0 : 1);
