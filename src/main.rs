//! newswatch: arguments, tracing, call the command line; no logic.

use std::process::ExitCode;

fn main() -> ExitCode {
    newswatch::cli::main()
}
