//! The wasm that rustc wrote in, the `web` glue, its types and the bound wasm out.
//!
//! Knows the wasm-bindgen options and nothing of the crate it binds.

use std::{env, fs, path::Path, process::ExitCode};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [input, out_dir, name] = args.as_slice() else {
        eprintln!("cannot bind: usage is farthing-bindgen <in.wasm> <outdir> <name>");
        return ExitCode::FAILURE;
    };
    match bind(input, out_dir, name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("cannot bind {input}: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn bind(input: &str, out_dir: &str, name: &str) -> Result<(), Box<dyn std::error::Error>> {
    Bindgen::new()
        .input_path(input)
        .out_name(name)
        .web(true)?
        .typescript(true)
        // The entries always pass a module or bytes, so no `new URL(...)` may stay in the glue.
        .omit_default_module_path(true)
        // After a trap `load.ts` replaces the instance behind the same glue.
        .reset_state_function(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(out_dir)?;
    let rewrite = |end: &str, by: fn(&str) -> Result<String, String>| -> Result<(), Box<dyn std::error::Error>> {
        let file = Path::new(out_dir).join(format!("{name}.{end}"));
        Ok(fs::write(&file, by(&fs::read_to_string(&file)?)?)?)
    };
    rewrite("js", |glue| importable(&synchronous(glue)?))?;
    rewrite("d.ts", |types| {
        let any_start = between(types, "export type InitInput", ";\n\n").unwrap_or_default();
        to_the_end(&once(types, &any_start, "")?, "export type SyncInitInput", START_TYPES)
    })
}

const START: &str = "export function initSync({ module }) {
    if (wasm !== undefined) return wasm;
    return __wbg_finalize_init(new WebAssembly.Instance(module, __wbg_get_imports()), module);
}
";
const START_TYPES: &str = "/** Starts the compiled module. */
export function initSync(init: { module: WebAssembly.Module }): InitOutput;
";

/// The glue with one way to start, by a compiled module, as `load.ts` does it. The other, which fetches and compiles,
/// would be 0.4 KB of every bundle.
fn synchronous(glue: &str) -> Result<String, String> {
    to_the_end(glue, "async function __wbg_load", START)
}

/// The glue, which makes its decoder and encoder when the module starts and not while it is imported: jsdom, in which
/// Jest imports pages, has neither, and a program that only knows an error of ours must still load there.
fn importable(glue: &str) -> Result<String, String> {
    let decoder = "cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });\n";
    let mut text = once(glue, &format!("let {decoder}cachedTextDecoder.decode();\n"), "let cachedTextDecoder;\n")?;
    let mut starting = format!("    wasmModule = module;\n    {decoder}");
    // The certificates' module is given no text.
    if let Some(encoder) = between(&text, "const cachedTextEncoder", "\n}\n") {
        // With it goes a stand-in for `encodeInto`, which every place that we run in has.
        text = once(&text, &encoder, "let cachedTextEncoder;\n")?;
        starting += "    cachedTextEncoder = new TextEncoder();\n";
    }
    once(&text, "    wasmModule = module;\n", &starting)
}

/// From `start` to the first `end` after it, both included.
fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, after) = text.split_once(start)?;
    let (middle, _) = after.split_once(end)?;
    Some([start, middle, end].concat())
}

/// With everything from `start` on replaced.
fn to_the_end(text: &str, start: &str, is: &str) -> Result<String, String> {
    let (before, _) = text.split_once(start).ok_or(format!("wasm-bindgen of this version writes no {start}"))?;
    Ok([before, is].concat())
}

fn once(text: &str, was: &str, is: &str) -> Result<String, String> {
    match text.matches(was).count() {
        1 => Ok(text.replace(was, is)),
        count => Err(format!("the glue of this version of wasm-bindgen has {count} times, not once: {was}")),
    }
}
