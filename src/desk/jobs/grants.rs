//! Lets in whom the daily mail named, into the books of one member that are open. A book that is
//! closed does it when it opens.

use super::Step;
use crate::granting;
use crate::open_books::OpenBooks;

/// Looks at the open books.
pub async fn step(open: &OpenBooks) -> Step {
    for book in open.all() {
        if let Err(problem) = granting::after_daily_mail(&book).await {
            return Step::Failed(problem.to_string());
        }
    }
    Step::Done
}
