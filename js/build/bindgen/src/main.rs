//! The wasm that rustc wrote in, the `web` glue, its types and the bound wasm out.
//!
//! Knows the wasm-bindgen options and nothing of the crate it binds.

use std::{env, process::ExitCode};
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
    Ok(Bindgen::new()
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
        .generate(out_dir)?)
}
