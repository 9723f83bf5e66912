//! `loke-desk campaign print` and `campaign sheets`: the same sheets, once for a campaign of this
//! desk and recorded there, once from its code alone, without a desk and without a passphrase.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::audit::Action;
use crate::cli::Access;
use crate::cli::signed_in::SignedIn;
use crate::print::sender::Sender;
use crate::print::sheets::Job;
use crate::print::{self, Contents, Printed, Site, TextChannel};
use loke_core::campaign::CampaignCode;
use loke_core::private_file;
use loke_core::terminal::{say, trouble};
use loke_core::tip::Topic;

/// What is on the sheets beside the campaign's own data.
#[derive(Args)]
pub(in crate::cli) struct Options {
    /// The folder. It must be new or empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The gateway's public address, such as https://tell.example.org
    #[arg(long, value_name = "URL")]
    url: String,
    /// The phone number for residents' texts
    #[arg(long, value_name = "NUMBER")]
    sms: Option<String>,
    /// Ask residents to begin a text with the poster's number
    #[arg(long, requires = "sms")]
    keyword: bool,
    /// The gateway answers texts (its `answers` is not "off"): omit the sentence that no answer
    /// comes
    #[arg(long, requires = "sms")]
    sms_answers: bool,
    /// An organisation that asks, such as "Norwich City Council". Repeat it for up to four
    #[arg(long, value_name = "NAME")]
    from_name: Vec<String>,
    /// Its logo, an SVG or a PNG file of at most 2 MiB. An SVG must be paths in flat colours
    #[arg(long, value_name = "FILE", requires = "from_name")]
    logo: Option<PathBuf>,
    /// Also write an A4 poster in two languages, such as en,pl. Repeat it for another pair
    #[arg(long, value_name = "A,B")]
    two_languages: Vec<String>,
    /// The languages that a native reader has read, such as pl,ar: their sheets are not marked as a
    /// draft
    #[arg(long, value_name = "LANGUAGES", value_delimiter = ',')]
    languages_read: Vec<String>,
    /// Write larger pages with cutting marks, for a print shop
    #[arg(long)]
    crop_marks: bool,
}

/// The code alone: for whoever prints and must not open a tip.
#[derive(Args)]
pub(in crate::cli) struct Sheets {
    /// The campaign's code, from `loke-desk campaign new`
    code: CampaignCode,
    /// The topic of the campaign: graffiti, cuckooing, drugs or other
    #[arg(long)]
    topic: Topic,
    /// The languages, such as en,pl
    #[arg(long, value_delimiter = ',', required_unless_present = "two_languages")]
    languages: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// The checked options.
struct Ready {
    site: Site,
    texts: Option<TextChannel>,
    sender: Sender,
    contents: Contents,
}

impl Options {
    /// Checks all options before anything is written, and before anyone types a passphrase.
    fn check(&self, languages: &[String]) -> anyhow::Result<Ready> {
        print::check_languages(&self.languages_read)?;
        let texts = self
            .sms
            .as_deref()
            .map(|number| TextChannel::read(number, self.keyword, self.sms_answers));
        Ok(Ready {
            site: Site::read(&self.url)?,
            texts: texts.transpose()?,
            sender: Sender::read(&self.from_name, self.logo.as_deref())?,
            contents: Contents::read(languages, &self.two_languages, self.crop_marks)?,
        })
    }

    fn write(&self, ready: &Ready, code: CampaignCode, topic: Topic) -> anyhow::Result<Printed> {
        let job = Job {
            code,
            topic,
            site: &ready.site,
            texts: ready.texts.as_ref(),
            sender: &ready.sender,
            languages_read: &self.languages_read,
        };
        print::pack(&job, &ready.contents, |name, bytes| {
            private_file::write_new(&self.out.join(name), bytes).map_err(anyhow::Error::from)
        })
    }

    fn report(&self, printed: &Printed) -> anyhow::Result<()> {
        say(&format!(
            "{} sheets, each as PDF and SVG, are in {}. Look at preview.pdf first",
            printed.sheets,
            self.out.display()
        ))?;
        if !printed.drafts.is_empty() {
            let drafts = printed.drafts.join(",");
            trouble(&format!(
                "The sheets of these languages are marked DRAFT, because no native reader has read them: {drafts}. When one has, add --languages-read {drafts}"
            ));
        }
        Ok(())
    }
}

/// Prints a campaign of this desk, and records it.
pub(in crate::cli) async fn print(
    code: CampaignCode,
    options: Options,
    access: &Access,
) -> anyhow::Result<ExitCode> {
    let mut ready = options.check(&[])?;
    SignedIn::during(access, async |desk| {
        let campaign = desk.acting.register().campaign(code).await?;
        let today = desk.acting.register().clock().today();
        anyhow::ensure!(campaign.ended.is_none(), "{code} has ended, and nothing more is printed for it. Make a new campaign");
        let Some(topic) = campaign.plan.topic else {
            anyhow::bail!("{code} is an organisation's code and has no posters. Print its page with `loke-desk campaign briefing`");
        };
        ready.contents.languages = campaign.plan.languages.clone();
        private_file::new_folder(&options.out)?;
        desk.acting.register().record(&desk.acting.actor(), Action::Campaign, code.as_str(), &format!("print, {}", campaign.plan.languages.join(" "))).await?;
        let printed = options.write(&ready, code, topic)?;
        options.report(&printed)?;
        if campaign.standing(today) == "over" {
            trouble(&format!("{code} ran until {}. Check that you still want to print it", campaign.plan.until.map(|day| day.to_string()).unwrap_or_default()));
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Prints from the code alone: it reads no desk and asks for no passphrase.
pub(in crate::cli) fn sheets(asked: &Sheets) -> anyhow::Result<ExitCode> {
    let ready = asked.options.check(&asked.languages)?;
    private_file::new_folder(&asked.options.out)?;
    let printed = asked.options.write(&ready, asked.code, asked.topic)?;
    asked.options.report(&printed)?;
    Ok(ExitCode::SUCCESS)
}
