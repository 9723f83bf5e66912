use super::*;
use loke_core::tip::Lane;

const HEAD: &str = "name,kind,key,way,address,lanes,fields,agreement_until\n";
const KEY: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

fn read_one(row: &str) -> Result<Vec<Partner>, BadTable> {
    read(format!("{HEAD}{row}\n").as_bytes(), Path::new("/desk"))
}

#[test]
fn a_row_is_read_with_its_lists() {
    let row =
        format!("cleansing,cleansing,{KEY},folder,inbox,graffiti;other,text;place,2030-01-01");
    let partners = read_one(&row).unwrap();
    let [partner] = partners.as_slice() else {
        panic!("{partners:?}")
    };
    assert_eq!(partner.way, Way::Folder("/desk/inbox".into()));
    assert_eq!(partner.lanes, [Lane::Graffiti, Lane::Other]);
    assert_eq!(partner.fields, [Field::Text, Field::Place]);
    assert_eq!(partner.agreement_until.unwrap().to_string(), "2030-01-01");
}

/// An empty list of fields allows all.
#[test]
fn without_a_list_every_field_is_allowed() {
    let partners = read_one("early-help,safeguarding,,print,,,,").unwrap();
    assert_eq!(partners[0].fields, Field::ALL);
    assert_eq!(partners[0].way, Way::Print);
    assert!(partners[0].key.is_none());
}

#[test]
fn a_broken_line_is_named_and_nothing_is_read() {
    let good = format!("a,cleansing,{KEY},folder,in,,,\n");
    for (bad, says) in [
        ("Polis,police,,print,,,,".to_owned(), "is not a name"),
        ("b,polis,,print,,,,".to_owned(), "kind has \"polis\""),
        (
            "b,police,,mail,a@b.example,,,".to_owned(),
            "the key is missing",
        ),
        (
            format!("b,police,{KEY},mail,nobody,,,"),
            "not an e-mail address",
        ),
        (format!("b,police,{KEY},pigeon,x,,,"), "folder, mail, print"),
        (
            format!("b,police,{KEY},folder,,,,"),
            "the address is missing",
        ),
        (
            format!("b,police,{KEY},folder,x,gossip,,"),
            "lanes has \"gossip\"",
        ),
        (
            format!("b,police,{KEY},folder,x,,names,"),
            "fields has \"names\"",
        ),
        (format!("b,police,{KEY},folder,x,,,soon"), "YYYY-MM-DD"),
        (
            "b,police,age1nothing,folder,x,,,".to_owned(),
            "the key is not valid",
        ),
        (format!("a,police,{KEY},folder,x,,,"), "twice"),
        ("b,police".to_owned(), "another number of columns"),
    ] {
        let why = read_one(&format!("{good}{bad}")).unwrap_err().to_string();
        assert!(
            why.starts_with("line 3: ") && why.contains(says),
            "{bad}: {why}"
        );
    }
    // Control: the first line alone is read.
    assert_eq!(read_one(good.trim_end()).unwrap().len(), 1);
}

#[test]
fn a_missing_or_unknown_column_is_named() {
    let why = |head: &str| {
        read(head.as_bytes(), Path::new("/"))
            .unwrap_err()
            .to_string()
    };
    assert!(why("name,kind,key,way,address,lanes,fields\n").contains("\"agreement_until\""));
    assert!(why(&HEAD.replace("lanes", "lane")).contains("\"lane\""));
}

#[test]
fn the_usual_partners_are_a_table_without_keys_and_addresses_and_survive_a_round() {
    let desk = Path::new("/desk");
    let usual = read(USUAL.as_bytes(), desk).unwrap();
    assert!(usual.len() >= 24, "{}", usual.len());
    for partner in &usual {
        assert!(partner.key.is_none() && partner.address().is_empty());
        assert_eq!(partner.agreement_until, None);
        assert!(!partner.organisation.is_empty(), "{}", partner.name);
    }
    for wanted in [
        "ABATE",
        "Police intelligence unit",
        "Safer Neighbourhood Team, Norwich East",
        "Safer Neighbourhood Team, Norwich South",
        "Safer Neighbourhood Team, Norwich West",
        "Safer Neighbourhood Team, Norwich North",
        "cleansing",
        "Tenancy management",
        "wardens",
        "Licensing",
        "Early help hub",
        "Children's social care",
        "Adults' social care",
        "Youth offending",
        "Family intervention",
        "Fire",
        "Probation",
        "Health services",
        "Mental health",
        "Planning",
        "architectural liaison",
        "County community safety",
        "Social landlords",
        "utility",
    ] {
        let has = |partner: &Partner| partner.organisation.contains(wanted);
        assert!(usual.iter().any(has), "{wanted}");
    }
    let again = write(&usual).unwrap();
    let again = read(again.as_bytes(), desk).unwrap();
    assert_eq!(usual.len(), again.len());
    for (one, other) in usual.iter().zip(&again) {
        assert_eq!(cells(one), cells(other));
    }
}
