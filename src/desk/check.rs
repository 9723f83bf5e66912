//! Finds what is wrong with a desk, and says what to do about it. It needs no passphrase, so a timer can run it.

use std::path::Path;

use crate::book;
use crate::database::Error;
use crate::duty::{self, Duty};
use crate::granting;
use crate::incidents;
use crate::partners::{Partner, Way};
use crate::periods::Periods;
use crate::pull;
use crate::register::{AccountRole, BookLine, Register};
use crate::retention;
use crate::settings::Mail;
use crate::ways;
use loke_core::private_file;

/// Members that a book needs: one may forget the passphrase.
const FEWEST_MEMBERS: usize = 2;
/// Fewer printed codes than these are reported: a new list takes a day.
const FEW_CODES: i64 = 6;
/// Words in the name of a file that has a passphrase.
const PASSPHRASE_WORDS: [&str; 2] = ["passphrase", "password"];
/// Seconds for which a clock that was set is told.
const JUMP_IS_TOLD: i64 = 7 * 86_400;
/// Seconds after which an audit head must have left again.
const HEAD_LEAVES: i64 = 2 * 86_400;
/// Seconds that the last row of the audit log may be ahead of the clock.
const AHEAD: i64 = 600;

/// Everything that a person must do, one sentence each.
///
/// # Errors
/// If the register fails.
pub async fn problems(register: &Register) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    clock(register, &mut found).await?;
    accounts(register, &mut found).await?;
    books(register, &mut found).await?;
    let (duty, wrong) = duty::current(register).await?;
    found.extend(wrong.map(|problem| format!("{problem}.")));
    found.extend(register.broken_rules());
    collecting(register, &duty, &mut found).await?;
    found.extend(gateway_keys(register).await?);
    restricted(register, &mut found).await?;
    for (book, gateway, receipts) in register.full_rows().await? {
        found.push(format!(
            "The gateway at {gateway} has too few reply rows for the book {book}: {receipts} receipts have none, so nobody can read a reply there. Raise reply_rows in its gateway.toml, and restart it."
        ));
    }
    alerts(register, &duty, &mut found).await?;
    about_staff(register, &mut found).await?;
    let today = register.clock().today();
    for partner in register.partners().await? {
        found.extend(partner.agreement_warning(today));
        if partner.key.is_some() && !partner.confirmed {
            let name = &partner.name;
            found.push(format!("The key of {name} changed and nobody compared it. Run `loke-desk partner confirm {name} FINGERPRINT`."));
        }
    }
    for account in register.partner_accounts().await? {
        if account.key.is_some() && !account.confirmed && account.disabled_on.is_none() {
            let (name, partner) = (&account.name, &account.partner);
            found.push(format!("{name} at {partner} has a key that nobody compared. Ring, then run `loke-desk partner confirm {partner} FINGERPRINT`."));
        }
    }
    let (zone, now) = (register.clock().zone(), register.clock().now());
    for incident in register.incidents().await? {
        if incident.ended.is_none() {
            found.push(incidents::sentence(&incident, &zone, now));
        }
    }
    let books = register.books().await?;
    let practice = |name: &str| books.iter().any(|book| book.practice && book.name == name);
    let searches = register.searches().await?.into_iter();
    for search in searches.filter(|search| !practice(&search.book)) {
        found.extend(retention::problem_of(&search, today));
    }
    periods(register.folder(), &mut found);
    found.extend(register.library().lacking());
    files(register.folder(), &mut found);
    sealed(register, &mut found).await?;
    Ok(found)
}

/// Faults of the relay, of the address for partners' replies, and of the domains of partners that get
/// documents in the clear.
///
/// # Errors
/// If the register fails.
pub async fn relay(register: &Register, mail: Option<&Mail>) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let partners = register.partners().await?;
    let gets_mail = |partner: &Partner| matches!(partner.way, Way::Mail(_) | Way::OpenMail(_));
    if partners.iter().any(gets_mail) && mail.is_some_and(|mail| mail.reply_to.is_none()) {
        found.push(
            "No reply address is set, so partners' replies to reports go to the address in `from`. Set reply_to under [mail] in desk.toml to an address that people read.".to_owned(),
        );
    }
    let mut is_used = false;
    for partner in partners {
        if !matches!(partner.way, Way::OpenMail(_)) {
            continue;
        }
        is_used = true;
        let domains = mail.map_or(&[][..], |mail| &mail.tls_domains);
        if let Err(withheld) = partner.has_forced_tls(domains) {
            found.push(format!("Nothing leaves: {withheld}."));
        }
    }
    if let (true, Some(mail)) = (is_used, mail)
        && let Err(failure) = ways::mail::try_relay(mail).await
    {
        found.push(format!("The mail relay cannot be used: {}.", failure.what));
    }
    Ok(found)
}

/// A clock that was set: periods, deadlines and one-time codes are wrong meanwhile.
async fn clock(register: &Register, found: &mut Vec<String>) -> Result<(), Error> {
    let clock = register.clock();
    for (at, seconds) in register.clock_jumps().await? {
        if clock.now().saturating_sub(at).abs() > JUMP_IS_TOLD {
            continue;
        }
        let way = if seconds > 0 { "forward" } else { "back" };
        found.push(format!(
            "The clock of this machine was set {way} by {} seconds on {}. Compare it with another clock. Find out who did it: ask the person who runs the machine.",
            seconds.unsigned_abs(),
            clock.zone().day(at)
        ));
    }
    if let Some(last) = register.last_row_at().await?
        && last > clock.now() + AHEAD
    {
        found.push(format!(
            "The clock of this machine is behind: it is {} here, and the audit log has a row of {}. Set the clock. If it is right now and was ahead then, sign in once.",
            clock.today(),
            clock.zone().day(last)
        ));
    }
    Ok(())
}

async fn accounts(register: &Register, found: &mut Vec<String>) -> Result<(), Error> {
    let accounts = register.accounts().await?;
    let active = accounts.iter().filter(|a| a.disabled_on.is_none());
    let active: Vec<_> = active.collect();
    for account in &active {
        let printed = register.printed_codes_left(&account.name).await?;
        if account.first {
            found.push(format!(
                "{} has not chosen a passphrase yet. Ask for a first sign-in, or disable the account.",
                account.name
            ));
        } else if account.code_secret.is_none() {
            let name = &account.name;
            match printed {
                None => found.push(format!(
                    "{name} has no one-time codes. Ask for a first sign-in at the page."
                )),
                Some(left) if left < FEW_CODES => found.push(format!(
                    "{name} has {left} printed codes left. Print a new list with `loke-desk account codes {name}`."
                )),
                Some(_) => {}
            }
        }
    }
    if !active.iter().any(|a| a.is(AccountRole::Administrator)) {
        found.push("No account is an administrator. Restore the backup of the desk.".to_owned());
    }
    Ok(())
}

async fn books(register: &Register, found: &mut Vec<String>) -> Result<(), Error> {
    let today = register.clock().today();
    // Made-up tips need nobody.
    let books = register.books().await?.into_iter();
    for book in books.filter(|book| !book.practice) {
        let openers = register.openers(&book.name).await?;
        for grant in &book.members {
            let account = register.account(&grant.account).await?;
            if account.disabled_on.is_some() {
                found.push(format!(
                    "{} is disabled and still a member of the book {}. Run `loke-desk book revoke {} {}`.",
                    account.name, book.name, book.name, account.name
                ));
            } else if grant.is_over(today) {
                found.push(format!(
                    "The grant of {} to the book {} has ended. Run `loke-desk book revoke {} {}`.",
                    account.name, book.name, book.name, account.name
                ));
            } else if !account.first && !openers.contains(&account.name) {
                found.push(format!(
                    "{0} has a new key, and the book {1} does not open for it. Let {0} in again with `loke-desk book grant {1} {0}`.",
                    account.name, book.name
                ));
            }
        }
        for name in register.leaving(&book.name).await? {
            if let Some(name) = name.strip_prefix(book::CUSTODIAN) {
                found.push(format!(
                    "The custodian {name} was removed and still has the keys of the book {}. Run `loke-desk custodian remove {name}`.",
                    book.name
                ));
            }
        }
        for custodian in register.custodians().await? {
            let member = granting::custodian_member(&custodian.name);
            if !book::key_file(register.folder(), &book.name, &member).exists() {
                found.push(format!(
                    "The custodian {} cannot open the book {}. Run `loke-desk book grant {} {member}`, and let a second member agree.",
                    custodian.name, book.name, book.name
                ));
            }
        }
        if openers.len() < FEWEST_MEMBERS {
            found.push(format!(
                "Only {} person can open the book {}. Let a second one in with `loke-desk book grant {} NAME`.",
                openers.len(), book.name, book.name
            ));
        }
    }
    Ok(())
}

/// Tips about staff need a book whose members do not work on the queue.
async fn about_staff(register: &Register, found: &mut Vec<String>) -> Result<(), Error> {
    let books = register.books().await?;
    let Some(name) = register.about_staff().await? else {
        if books.iter().map(|book| book.members.len()).max() > Some(1) {
            found.push("There is no book for tips about staff. Make one: `loke-desk book add NAME`, then `loke-desk book about-staff NAME`.".to_owned());
        }
        return Ok(());
    };
    let members = |book: &BookLine| -> Vec<String> {
        book.members
            .iter()
            .map(|grant| grant.account.clone())
            .collect()
    };
    let (about, queue): (Vec<_>, Vec<_>) = books.iter().partition(|book| book.name == name);
    let on_queue: Vec<String> = queue.into_iter().flat_map(members).collect();
    for member in about.into_iter().flat_map(members) {
        if on_queue.contains(&member) {
            found.push(format!(
                "{member} is in the book {name}, which is for tips about staff, and works on the queue too. Run `loke-desk book revoke {name} {member}`."
            ));
        }
    }
    Ok(())
}

async fn collecting(
    register: &Register,
    duty: &Duty,
    found: &mut Vec<String>,
) -> Result<(), Error> {
    match pull::reach(register).await {
        Ok(()) => {}
        Err(pull::Error::Database(e)) => return Err(e),
        Err(pull::Error::NoGateway) => {
            found.push("This desk is not connected to a gateway. Run `loke-gateway enrol NAME` there and `loke-desk connect --enrolment FILE` here.".to_owned());
            return Ok(());
        }
        Err(problem) => {
            let mut sentence = problem.to_string();
            if let Some(first) = sentence.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            found.push(format!("{sentence}."));
        }
    }
    let today = register.clock().today();
    for book in register.books().await? {
        for lane in book.lanes {
            let last = register.last_collected(lane).await?;
            if last.is_none_or(|last| duty.misses_a_working_day(last, today)) {
                found.push(format!(
                    "The lane {} was not collected for a working day. Somebody who can open the book {} must sign in.",
                    lane.word(),
                    book.name
                ));
            }
        }
    }
    Ok(())
}

fn periods(desk: &Path, found: &mut Vec<String>) {
    if let Err(broken) = Periods::read(desk) {
        found.push(retention::sentence(&broken.into()));
    }
}

fn files(desk: &Path, found: &mut Vec<String>) {
    let folders = [desk.to_owned(), desk.join("people"), desk.join("rules")];
    let entries = folders.iter().filter_map(|f| f.read_dir().ok()).flatten();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let is_file = entry.file_type().is_ok_and(|kind| !kind.is_dir());
        // An account may have such a name, and its identity file ends with `.age`.
        let has_one = PASSPHRASE_WORDS.iter().any(|word| name.contains(word));
        if is_file && has_one && !name.ends_with(".age") {
            found.push(format!(
                "{} holds a passphrase beside the desk: whoever copies the folder opens every book of its owner. Delete it.",
                entry.path().display()
            ));
        }
    }
    if private_file::is_open_to_others(desk) {
        found.push(format!(
            "Other users can read {}. Run `chmod 700` on it.",
            desk.display()
        ));
    }
}

/// Sealed files without a tip, and tips without their sealed file. A file that is new may belong to a
/// tip that is being collected.
async fn sealed(register: &Register, found: &mut Vec<String>) -> Result<(), Error> {
    let now = register.clock().now();
    for line in register.books().await? {
        let mut tips = register.tips_of(&line.name).await?;
        let mut orphans = 0_usize;
        for (id, written_at) in book::sealed_files(register.folder(), &line.name)? {
            if !tips.remove(&id) && now.saturating_sub(written_at) > book::SETTLES {
                orphans += 1;
            }
        }
        if orphans > 0 {
            found.push(format!(
                "The book {} has sealed files that belong to no tip: {orphans}. A move or an import was cut off. They go when a member signs in. Tell the person who runs the desk if this stays.",
                line.name
            ));
        }
        if !tips.is_empty() {
            found.push(format!(
                "The book {} lacks the sealed files of tips: {}. Restore the folder books/{}/sealed from the backup.",
                line.name,
                tips.len(),
                line.name
            ));
        }
    }
    Ok(())
}

/// Whether alerts reach anybody, and the audit head leaves this machine.
async fn alerts(register: &Register, duty: &Duty, found: &mut Vec<String>) -> Result<(), Error> {
    if duty.everybody().is_empty() {
        found.push(format!(
            "No alert reaches anybody. Copy {} into the desk's folder and name people in it.",
            duty::NAME
        ));
    } else {
        if duty.supervisors.is_empty() {
            found.push(format!(
                "{} names no supervisor. Name at least one.",
                duty::NAME
            ));
        }
        if duty.deputy.is_none() {
            found.push(format!(
                "{} names no deputy. The deputy is told last if nobody collects.",
                duty::NAME
            ));
        }
        let accounts = register.accounts().await?;
        for person in duty.everybody() {
            let account = accounts.iter().find(|account| account.name == person.name);
            if person.name != person.address && account.is_none_or(|a| a.disabled_on.is_some()) {
                found.push(format!(
                    "{} names {}, who has no account here or a disabled one. Correct the list.",
                    duty::NAME,
                    person.name
                ));
            }
        }
        for book in register.books().await? {
            if book.lanes.is_empty() {
                continue;
            }
            for member in book.members {
                if duty.contact(&member.account).is_none() {
                    found.push(format!(
                        "{} has no address for {}, so nothing tells this person that the book {} waits. Add it under [addresses].",
                        duty::NAME,
                        member.account,
                        book.name
                    ));
                }
            }
        }
    }
    for (address, problem) in register.mail_problems().await? {
        found.push(format!(
            "The last mail to {address} did not leave: {problem}."
        ));
    }
    let since = register.head_left_at().await?.or(register.made_at().await?);
    if since.is_none_or(|at| register.clock().now().saturating_sub(at) > HEAD_LEAVES) {
        found.push(
            "The end of the audit log did not leave this machine for two days. See that [mail] in desk.toml and daily_to in rules/duty.toml are right, and that `loke-desk serve` runs.".to_owned(),
        );
    }
    Ok(())
}

/// Gateways that do not encrypt to the books' keys alone: after a change of keys, what comes in
/// opens with the old ones until the gateway has the new ones.
pub(crate) async fn gateway_keys(register: &Register) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let (known, retired) = (
        register.gateway_keys().await?,
        register.retired_keys().await?,
    );
    let books = register.books().await?;
    for book in &books {
        let changed = retired.iter().any(|(_, of)| *of == book.name);
        if known.is_empty() && changed && !book.lanes.is_empty() {
            found.push(format!(
                "The keys of the book {} changed, and no gateway has answered since. Replace its key in gateway.toml.",
                book.name
            ));
        }
        let mut gateways: Vec<(&String, &str, Vec<&String>)> = Vec::new();
        for (gateway, lane, key) in known
            .iter()
            .filter(|(_, lane, _)| book.lanes.contains(lane))
        {
            match gateways.last_mut() {
                Some((at, of, keys)) if *at == gateway && *of == lane.word() => keys.push(key),
                _ => gateways.push((gateway, lane.word(), vec![key])),
            }
        }
        for (gateway, lane, keys) in gateways {
            if !keys.contains(&&book.recipient) {
                found.push(format!(
                    "The gateway at {gateway} does not encrypt {lane} to the key of the book {}. Write that key into gateway.toml, and restart it.",
                    book.name
                ));
            }
            let old = keys
                .iter()
                .find_map(|key| retired.iter().find(|(old, _)| old == *key));
            if let Some((_, of)) = old {
                found.push(format!(
                    "The gateway at {gateway} still encrypts {lane} to an old key of the book {of}. Remove it from gateway.toml, and restart it."
                ));
            }
            let foreign = books
                .iter()
                .find(|other| other.name != book.name && keys.contains(&&other.recipient));
            if let Some(other) = foreign {
                found.push(format!(
                    "The gateway at {gateway} also encrypts {lane} to the book {}, which does not collect it. Correct gateway.toml, and restart it.",
                    other.name
                ));
            }
        }
    }
    Ok(found)
}

/// Books without a lane whose key a gateway does not list: it refuses the answers of their residents.
async fn restricted(register: &Register, found: &mut Vec<String>) -> Result<(), Error> {
    let books = register.books().await?.into_iter();
    for book in books.filter(|book| book.lanes.is_empty() && !book.practice) {
        for gateway in register.gateways_without(&book.recipient).await? {
            found.push(format!(
                "The gateway at {gateway} does not list the key of the book {}, so residents cannot answer it. Add the key to gateway.toml with `lanes = []`, and restart it.",
                book.name
            ));
        }
    }
    Ok(())
}

/// Books whose keys somebody has who may open them no more: for the remaining members of each.
pub(crate) async fn rekeys_due(register: &Register) -> Result<Vec<(Vec<String>, String)>, Error> {
    let mut due = Vec::new();
    for book in register.books().await? {
        let leaving = register.leaving(&book.name).await?;
        let Some(name) = leaving.first() else {
            continue;
        };
        let members = book.members.iter().map(|grant| grant.account.clone());
        let members: Vec<String> = members.filter(|name| !leaving.contains(name)).collect();
        let command = match name.strip_prefix(book::CUSTODIAN) {
            Some(custodian) => format!("custodian remove {custodian}"),
            None => format!("book revoke {} {name}", book.name),
        };
        let line = format!(
            "The book {} needs new keys, because {name} may open it no more. Run `loke-desk {command}`.",
            book.name
        );
        due.push((members, line));
    }
    Ok(due)
}
