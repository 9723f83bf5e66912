//! The install page without a machine: its commands are few, the shell and the programs accept each
//! one, and each is followed by what to expect. `tests/install` runs them on a bare Debian, and
//! `.ci/deep` runs that.

use super::{deploy, run, runbook};

/// The most commands on the page.
const MOST: usize = 20;

fn page(name: &str) -> String {
    std::fs::read_to_string(deploy().join(name)).unwrap()
}

/// The commands of a block: its lines, with continuations joined and without comments.
fn commands(block: &str) -> Vec<String> {
    block
        .replace("\\\n", " ")
        .lines()
        .map(|line| {
            line.split(" #")
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect()
}

/// The words of each `loke-gateway` and `loke-desk` in a command, as a shell reads them.
fn calls(command: &str) -> Vec<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in command.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if c == q => quote = None,
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (None, ';' | '|' | '>' | ')') => {
                words.extend([std::mem::take(&mut word), ";".to_owned()])
            }
            (_, c) => word.push(c),
        }
    }
    words.push(word);
    words
        .split(|word| [";", "&&"].contains(&word.as_str()))
        .filter_map(|part| {
            let program = ["loke-gateway", "loke-desk"];
            // The last one: `runuser -u loke-desk -- loke-desk` names a user first.
            let at = part
                .iter()
                .rposition(|word| program.contains(&word.as_str()))?;
            // A name in another program's arguments, as in `systemctl restart`, is no call.
            let first = part.iter().find(|word| !word.is_empty())?;
            ([part.get(at)?.as_str(), "runuser", "do"].contains(&first.as_str())).then(|| {
                let words = part.iter().skip(at).filter(|word| !word.is_empty());
                // A campaign's code, as the page leaves it to the reader.
                words.map(|word| word.replace("CODE", "B7W6PK")).collect()
            })
        })
        .collect()
}

/// What a program says against its words. `--help` is no fault.
fn fault(call: &[String]) -> Option<String> {
    let program = match call.first()?.as_str() {
        "loke-gateway" => loke::gateway::cli::command(),
        _ => loke::desk::cli::command(),
    };
    program
        .try_get_matches_from(call)
        .err()
        .map(|error| format!("{}: {error}", call.join(" ")))
}

#[test]
fn the_install_page_has_at_most_twenty_commands_and_each_says_what_to_expect() {
    let text = page("install.md");
    let blocks = runbook::blocks(&text);
    let count: usize = blocks.iter().map(|(_, block)| commands(block).len()).sum();
    assert!((10..=MOST).contains(&count), "{count} commands");
    let silent = silent_blocks(&text);
    assert!(silent.is_empty(), "nothing to expect after: {silent:#?}");
    assert_eq!(
        silent_blocks("Do it.\n\n```sh\nmake x\n```\n\nNext.\n"),
        ["make x"],
        "the control"
    );
}

/// The blocks after which the page shows no output, and before which it announces none.
fn silent_blocks(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split("```").collect();
    let of = |at: usize| parts.get(at).copied().unwrap_or_default();
    (1..parts.len())
        .step_by(2)
        .filter(|at| of(*at).starts_with("sh\n"))
        .filter(|at| {
            let after = of(at + 1).trim().is_empty() && of(at + 2).starts_with("text\n");
            let sentence = format!(
                "{} {}",
                of(at - 1),
                of(at + 1).trim().split("\n\n").next().unwrap_or("")
            );
            !after && !sentence.replace('\n', " ").contains("should see")
        })
        .map(|at| of(at).trim_start_matches("sh\n").trim().to_owned())
        .collect()
}

#[test]
fn the_shell_and_the_programs_accept_every_command_of_the_operators_pages() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for name in ["install.md"].iter().chain(&runbook::PAGES) {
        for (line, block) in runbook::blocks(&page(name)) {
            // Not run: "-n" reads only.
            let (read, said) = run("bash", &["-n", "-c", &block]).expect("bash runs the tests");
            if !read {
                faults.push(format!("{name}:{line}: {said}"));
            }
            for call in commands(&block).iter().flat_map(|command| calls(command)) {
                count += 1;
                faults.extend(fault(&call).map(|fault| format!("{name}:{line}: {fault}")));
            }
        }
    }
    assert!(count > 20, "only {count} calls: the search is blind");
    assert!(faults.is_empty(), "{faults:#?}");
    let control = |command: &str| fault(&calls(command)[0]).is_some();
    assert!(control("runuser -u x -- loke-desk rout"));
    assert!(control("loke-gateway check --confg x"));
    assert!(!control("loke-gateway check --config 'a b' && echo"));
    assert!(calls("systemctl restart loke-desk").is_empty());
    assert_eq!(
        run("bash", &["-n", "-c", "for x in"]).map(|r| r.0),
        Some(false),
        "the control"
    );
}
