//! Every copy of a report that an officer saves is in the book's audit log.

use loke::desk::audit::Action;

use super::{REPORT, Visitor, reference};
use crate::route::Bench;

#[tokio::test]
async fn each_copy_of_a_report_that_is_saved_leaves_its_row_and_one_that_is_not_there_leaves_none()
{
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor.report(bench.tip, REPORT).await;
    let reference = reference(&page);
    let files = ["report.pdf", "report.json", "report.txt", "report.csv"];
    for file in files {
        let saved = visitor.get(&format!("/report/{reference}/{file}")).await;
        assert_eq!(saved.status, 200, "{file}");
    }
    for (path, status) in [
        (format!("/report/{reference}/report.exe"), 404),
        ("/report/00000000000000ff/report.csv".to_owned(), 404),
    ] {
        assert_eq!(visitor.get(&path).await.status, status, "{path}");
    }
    let mut rows = bench.trail(Action::View).await;
    rows.retain(|row| row.starts_with(&format!("report {reference}, ")));
    assert_eq!(
        rows,
        files.map(|file| format!("report {reference}, {file}"))
    );
}
