//! `/insight/you-said`: the figures that are due for the public. A supervisor looks at them and
//! publishes them, once.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::public_figures::{Deed, Level, PublicFigure, Share};
use crate::session::Signed;
use crate::you_said::{NotPublished, Preview, months, next_due};

struct Row {
    subject: &'static str,
    area: String,
    level: &'static str,
    months: String,
    reported: usize,
    done: String,
}

struct DuePeriod {
    period: String,
    digest: String,
    books: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "desk/you-said.html")]
struct YouSaid {
    frame: Frame,
    due: Vec<DuePeriod>,
    next: String,
    /// Period, who published it, and the day.
    published: Vec<(String, String, String)>,
}

/// `GET /insight/you-said`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let due = acting.due_figures().await.map_err(not_shown)?;
    let published = acting.register().publications().await;
    let published = published.map_err(|e| broken(&e))?.into_iter();
    page(&YouSaid {
        due: due.into_iter().map(DuePeriod::of).collect(),
        next: words::day(&next_due(screen.clock().today())),
        published: published
            .map(|one| {
                (
                    one.period.to_string(),
                    one.published_by,
                    words::day(&one.published_on),
                )
            })
            .collect(),
        frame: screen.frame(Some(&signed)),
    })
}

/// The period, and the figures that the person saw.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PublishForm {
    period: String,
    digest: String,
}

/// `POST /insight/you-said`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<PublishForm>,
) -> Result<Response, Refusal> {
    let Ok(period) = form.period.parse() else {
        return Err(refusal(
            StatusCode::BAD_REQUEST,
            "Nothing was published",
            "The button is not one of this page. Load it again.",
        ));
    };
    let (text, trouble) = match acting.publish_figures(period, &form.digest).await {
        Ok(figures) => (
            format!(
                "{figures} figures of {period} are published. They never change. An operator writes the pages with \"loke-desk you-said pages\"."
            ),
            false,
        ),
        Err(NotPublished::Database(e)) => return Err(broken(&e)),
        Err(refused @ NotPublished::Role) => return Err(not_shown(refused)),
        Err(refused) => (words::sentence(&refused), true),
    };
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to("/insight/you-said").into_response())
}

fn not_shown(refused: NotPublished) -> Refusal {
    match refused {
        NotPublished::Database(e) => broken(&e),
        refused => refusal(
            StatusCode::FORBIDDEN,
            "Not for your role",
            words::sentence(&refused),
        ),
    }
}

impl DuePeriod {
    fn of(preview: Preview) -> Self {
        Self {
            period: preview.period.to_string(),
            digest: preview.digest,
            books: preview.books.join(", "),
            rows: preview.figures.into_iter().map(row).collect(),
        }
    }
}

fn row(figure: PublicFigure) -> Row {
    let done = figure.done.iter().map(|(deed, share)| {
        let deed = match deed {
            Deed::Passed => "passed on",
            Deed::Acted => "something done",
            Deed::Cleaned => "cleaned",
            Deed::Secured => "secured",
            Deed::Support => "support given",
            Deed::Enforced => "police or court",
        };
        match share {
            Share::About(count) => format!("{deed} {count}"),
            Share::Most => format!("{deed}: most"),
        }
    });
    Row {
        subject: words::lane(figure.lane),
        level: match figure.level {
            Level::WardMonth => "ward, month",
            Level::WardQuarter => "ward, quarter",
            Level::TeamQuarter => "team, quarter",
            Level::CityQuarter => "city, quarter",
            Level::CityYear => "city, year",
        },
        months: months(figure.first, figure.last),
        reported: figure.reported,
        done: done.collect::<Vec<_>>().join(", "),
        area: figure.area,
    }
}
