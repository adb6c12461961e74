// Compiles every module below a folder with Pyodide's CPython: node compile.mjs FOLDER
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
python.FS.mkdirTree("/layer");
python.FS.mount(python.FS.filesystems.NODEFS, { root: process.argv[2] }, "/layer");
python.globals.set("__name__", "compile");
python.runPython(readFileSync(new URL("compile.py", import.meta.url), "utf8"));
python.globals.get("compile_folder")("/layer");
