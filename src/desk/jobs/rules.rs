//! Reads the operator's rules again (`rules/clocks.toml`, `rules/threats/`, `rules/welfare.toml`,
//! `rules/documents/`, `rules/reports.toml`, `rules/reasons.toml`, `rules/areas.toml`, `rules/guard/`,
//! `rules/replies/`), so that a corrected file applies without a restart. A broken one is logged with
//! its line and is on every page in red, and the last valid one stays.

use super::Step;
use crate::register::Register;

/// One look at the files.
pub fn step(register: &Register) -> Step {
    match register.reload_rules() {
        Ok(()) => Step::Done,
        Err(problem) => Step::Failed(problem.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::threats::Found;
    use loke_core::clock::Clock;

    #[tokio::test]
    async fn a_corrected_file_applies_and_after_a_broken_one_the_last_valid_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::by_hand(1_795_305_600);
        let register = Register::create(folder.path(), clock).await.unwrap();
        let look = || register.threats().look("en", "he has a catapult");
        assert_eq!((step(&register), look()), (Step::Done, Found::Nothing));

        let threats = folder.path().join("rules/threats");
        std::fs::create_dir_all(&threats).unwrap();
        let good = "recognised_as = \"eng\"\nharmless = []\nweapon = [\"catapults?\"]\nharm = []\nsuicide = []\noverdose = []\ncaptive = []\nmissing = []\nfire = []\n";
        std::fs::write(threats.join("en.toml"), good).unwrap();
        let found = Found::Threat("catapult".into());
        assert_eq!((step(&register), look()), (Step::Done, found.clone()));

        let broken = good.replace("harm = []", "harm = [\"(\"]");
        std::fs::write(threats.join("en.toml"), broken).unwrap();
        let clocks = register.clocks();
        std::fs::write(folder.path().join("rules/clocks.toml"), "hours = 3").unwrap();
        let Step::Failed(problem) = step(&register) else {
            panic!("a broken file was accepted")
        };
        assert!(problem.contains("clocks.toml, line 1"), "{problem}");
        assert_eq!((look(), register.clocks()), (found.clone(), clocks));
        std::fs::remove_file(folder.path().join("rules/clocks.toml")).unwrap();
        let Step::Failed(problem) = step(&register) else {
            panic!("a broken file was accepted")
        };
        assert!(problem.contains("en.toml, line 4"), "{problem}");
        assert_eq!(look(), found);
        std::fs::remove_dir_all(&threats).unwrap();
        let numbers = register.welfare();
        std::fs::write(folder.path().join("rules/welfare.toml"), "\nnumber = 3").unwrap();
        let Step::Failed(problem) = step(&register) else {
            panic!("a broken file was accepted")
        };
        assert!(problem.contains("welfare.toml, line 2"), "{problem}");
        assert_eq!(register.welfare(), numbers);

        std::fs::remove_file(folder.path().join("rules/welfare.toml")).unwrap();
        let own = folder.path().join("rules/documents");
        std::fs::create_dir_all(&own).unwrap();
        let shipped = include_str!("../../../rules/documents/report.toml");
        let changed = shipped.replace("title = \"Report\"", "title = \"Our report\"");
        std::fs::write(own.join("report.toml"), &changed).unwrap();
        let before = register.documents();
        assert_eq!(step(&register), Step::Done);
        let documents = register.documents();
        assert_ne!(documents, before);
        std::fs::write(own.join("report.toml"), changed + "colour = \"red\"\n").unwrap();
        let Step::Failed(problem) = step(&register) else {
            panic!("a broken file was accepted")
        };
        assert!(problem.contains("report.toml, line "), "{problem}");
        assert_eq!(register.documents(), documents);

        std::fs::remove_dir_all(&own).unwrap();
        let file = folder.path().join("rules/reports.toml");
        let shipped = include_str!("../../../rules/reports.toml");
        std::fs::write(&file, shipped.replace("Go in pairs", "Go in threes")).unwrap();
        assert_eq!(step(&register), Step::Done);
        let sentences = register.report_rules();
        assert!(sentences.safety["pairs"].starts_with("Go in threes"));
        std::fs::write(&file, shipped.replace("[safety]", "[safety")).unwrap();
        let Step::Failed(problem) = step(&register) else {
            panic!("a broken file was accepted")
        };
        assert!(problem.contains("reports.toml, line "), "{problem}");
        assert_eq!(register.report_rules(), sentences);
        register.close().await;
    }

    #[tokio::test]
    async fn a_broken_file_at_the_start_leaves_the_built_in_rules_and_a_line_for_every_page() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::by_hand(1_795_305_600);
        let register = Register::create(folder.path(), clock.clone())
            .await
            .unwrap();
        let built_in = register.clocks();
        assert_eq!(register.broken_rules(), Vec::<String>::new(), "the control");
        register.close().await;
        std::fs::create_dir_all(folder.path().join("rules")).unwrap();
        let file = folder.path().join("rules/clocks.toml");
        std::fs::write(&file, "hours = 3").unwrap();
        let register = Register::open(folder.path(), clock).await.unwrap();
        assert_eq!(register.clocks(), built_in);
        let [line] = &register.broken_rules()[..] else {
            panic!("one line")
        };
        assert!(line.contains("clocks.toml, line 1"), "{line}");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(step(&register), Step::Done);
        assert_eq!(register.broken_rules(), Vec::<String>::new());
        register.close().await;
    }
}
