//! The resident's page as a whole: the text beside the form and whether it is true, the quick exit,
//! every link and form, and the PII hints that it marks.

use toml::Table;

use crate::house::House;

mod about;
mod addresses;
mod characters;
mod crawl;
mod danger;
mod focus;
mod form;
mod keeps;
mod marks;
mod phrases;
mod summary;
mod you_said;

/// A configuration that makes every optional sentence appear.
pub(crate) fn say_everything(table: &mut Table) {
    let web = table["web"].as_table_mut().unwrap();
    for (key, value) in [
        ("onion_url", "http://house7d3f0b9c5a2e4f61.onion/"),
        ("sms_number", "07700 900000"),
        ("sms_provider", "Texts Limited of Example"),
        ("client_address", "forwarded:X-Real-IP"),
        ("controller", "Example City Council and Example Police"),
        (
            "contact",
            "privacy@example.org, or City Hall, Example, EX1 2PL",
        ),
        ("security_contact", "mailto:security@example.org"),
    ] {
        web.insert(key.into(), value.into());
    }
    let signposts = Table::from_iter(
        [
            ("victims", "0300 303 3706"),
            ("housing", "0808 800 4444"),
            ("debt", "0808 808 4000"),
        ]
        .map(|(key, number)| (key.to_owned(), number.into())),
    );
    let help = Table::from_iter([("cuckooing".to_owned(), signposts.into())]);
    table.insert("help".into(), help.into());
    let first = table["recipients"].as_array().unwrap()[0].clone();
    for (name, lanes) in [
        (
            "police and council team",
            &["cuckooing", "drugs", "other"][..],
        ),
        ("street team", &["graffiti"]),
        ("backup", &[]),
    ] {
        let mut holder = first.as_table().unwrap().clone();
        holder.insert("name".into(), name.into());
        if !lanes.is_empty() {
            holder.insert("lanes".into(), lanes.to_vec().into());
        }
        table["recipients"]
            .as_array_mut()
            .unwrap()
            .push(holder.into());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_takes_two_hops_and_ends_off_the_site() {
    let house = House::open().await;
    let elsewhere = House::on("sqlite:queue.db", |table| {
        table["web"].as_table_mut().unwrap().insert(
            "leave_to".into(),
            "https://weather.example.org/today".into(),
        );
    })
    .await;
    for (house, to) in [
        (&house, "https://www.bbc.co.uk/weather"),
        (&elsewhere, "https://weather.example.org/today"),
    ] {
        let cover = house.get("/leave").await;
        assert_eq!(
            (cover.status, cover.header("refresh")),
            (200, Some("0; url=/leave/away"))
        );
        assert_eq!(cover.header("clear-site-data"), Some("\"cache\""));
        let away = house.get("/leave/away").await;
        assert_eq!(
            (away.status, away.header("location"), away.body.len()),
            (303, Some(to), 0)
        );
        assert_eq!(
            away.header("clear-site-data"),
            Some("\"cache\", \"storage\"")
        );
    }
}

/// The form and the receipt both link to the explanation that leaving does not clear the history.
#[tokio::test(flavor = "multi_thread")]
async fn what_leaving_does_not_do_is_said_beside_it_with_the_way_to_do_it() {
    use crate::house::browser::text;
    let house = House::open().await;
    let form = house.get("/pl").await.text();
    assert!(
        form.contains("Nie czyści historii.") && form.contains("<a href=/device?pl>"),
        "{form}"
    );
    let (_, all) = house
        .check(&[text("topic", "drugs"), text("what", "x")])
        .await;
    let receipt = house.post("/send", &all).await.text();
    assert!(receipt.contains("<a href=/device?en>How to clear the history</a>"));
    let page = house.get("/device?en").await.text();
    for said in [
        "It shows this name: <b dir=auto>Your message</b>",
        "Delete only this page",
        "does not show your words",
        "private window",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(
        !page.contains("The text stays on your phone"),
        "no texts are taken here"
    );
    house.leaves(1);
}

#[test]
fn a_place_to_go_or_to_write_to_that_is_none_is_refused_with_its_line() {
    use loke::gateway::settings::GatewaySettings;
    let place = tempfile::tempdir().unwrap();
    let key = loke::desk::keys::Identity::generate().recipient().unwrap();
    let read = |line: &str| {
        let file = place.path().join("gateway.toml");
        let text = format!(
            "database = \"sqlite:queue.db\"\n[web]\nlisten = \"127.0.0.1:0\"\n{line}\n[[recipients]]\nname = \"desk\"\nkey = \"{key}\"\n"
        );
        std::fs::write(&file, text).unwrap();
        GatewaySettings::read(&file)
    };
    for line in [
        "leave_to = \"bbc.co.uk\"",
        "leave_to = \"http://example.org\"",
        "leave_to = \"https://\"",
        "leave_to = \"https://a b\"",
        "leave_to = \"https://a\\r\\nx: y\"",
        "security_contact = \"security@example.org\"",
        "security_contact = \"mailto:a@b.cd\\nEncryption: x\"",
    ] {
        let trouble = read(line)
            .err()
            .unwrap_or_else(|| panic!("{line} was taken"));
        assert_eq!(trouble.line, Some(4), "{trouble}");
    }
    for line in [
        "",
        "leave_to = \"https://example.org/weather?x=1\"",
        "security_contact = \"mailto:a@b.cd\"",
        "security_contact = \"https://example.org/flaws\"",
    ] {
        assert!(read(line).is_ok(), "{line}");
    }
}
