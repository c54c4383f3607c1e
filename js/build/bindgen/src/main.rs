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
    let glue = Path::new(out_dir).join(format!("{name}.js"));
    fs::write(&glue, importable(&fs::read_to_string(&glue)?)?)?;
    Ok(())
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

fn once(text: &str, was: &str, is: &str) -> Result<String, String> {
    match text.matches(was).count() {
        1 => Ok(text.replace(was, is)),
        count => Err(format!("the glue of this version of wasm-bindgen has {count} times, not once: {was}")),
    }
}
