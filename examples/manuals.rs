//! `cargo manuals DIR`: writes the man pages of both programs and their completions for bash, fish
//! and zsh, all made from the same definitions as `--help`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Command, Parser};
use clap_complete::{Shell, generate_to};

/// Write man pages and completions of both programs.
#[derive(Parser)]
#[command(name = "cargo manuals")]
struct Options {
    /// Folder for the files; it is created if it is missing
    dir: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    for command in [loke::gateway::cli::command(), loke::desk::cli::command()] {
        write(&command, &options.dir)
            .with_context(|| format!("{} cannot be written", options.dir.display()))?;
    }
    Ok(loke::terminal::say(&format!(
        "written to {}",
        options.dir.display()
    ))?)
}

/// `man/PROGRAM.1`, `man/PROGRAM-COMMAND.1` and one file a shell in `completions/`.
fn write(command: &Command, dir: &Path) -> std::io::Result<()> {
    let (man, completions) = (dir.join("man"), dir.join("completions"));
    std::fs::create_dir_all(&man)?;
    std::fs::create_dir_all(&completions)?;
    clap_mangen::generate_to(command.clone(), &man)?;
    let name = command.get_name().to_owned();
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        generate_to(shell, &mut command.clone(), &name, &completions)?;
    }
    Ok(())
}
