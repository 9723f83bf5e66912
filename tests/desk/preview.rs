//! `loke-desk route --preview`: what would leave, before it leaves.

use super::Bench;

#[test]
fn p15_the_command_shows_a_report_before_it_leaves_and_sends_nothing() {
    let bench = Bench::new();
    let what = "They painted the wall behind the shop again";
    let add = |what: &str| {
        let added = bench.ok(&["add", "--topic", "graffiti", "--what", what]);
        added.trim().strip_prefix("Stored as ").unwrap().to_owned()
    };
    let name = add(what);
    let file = |name: &str, text: &str| {
        let path = bench.folder().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let columns = "name,kind,key,way,address,lanes,fields,agreement_until";
    let table = file(
        "partners.csv",
        &format!("{columns}\nlegal,legal,,print,,,,\n"),
    );
    bench.ok(&["partner", "import", &table]);
    let quoted = file("quoted", "Canary. They painted the wall behind the shop.");
    let route = ["route", &name, "--to", "legal", "--text", &quoted];
    let shown = bench.ok(&[&route[..], &["--preview"]].concat());
    for seen in [
        "OFFICIAL",
        "Canary.",
        "The resident's own words: \"They painted the wall behind the shop",
        "Nothing was sent.",
    ] {
        assert!(shown.contains(seen), "{seen}: {shown}");
    }
    let outbox = || bench.ok(&["outbox", "--json"]);
    assert_eq!(outbox().trim(), "[]");
    // A photo that is not there is named, whichever tip it is of.
    let other = add("Somebody sells needles near the station");
    for photo in ["1".to_owned(), format!("{other}:1")] {
        let refused = bench.falls(&[&route[..], &["--preview", "--photo", &photo]].concat());
        assert!(refused.contains("photo 1"), "{refused}");
    }
    // Control: without the option the same words need a reason, and others leave.
    assert!(bench.falls(&route).contains("own words"));
    let own = file("own", "Canary. Please look at the wall.");
    bench.ok(&["route", &name, "--to", "legal", "--text", &own]);
    assert!(outbox().contains("legal"));
}
