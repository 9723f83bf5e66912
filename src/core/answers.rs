//! Lane and priority, computed in memory from the answers before sealing. No other answers stay
//! outside the seal. The gateway does it for a resident, and the desk for a report that an officer
//! enters.

use crate::tip::{Lane, Priority, Topic, YesNo};

/// The answers that decide lane and priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// What the report is about.
    pub topic: Topic,
    /// Whether anyone is in danger.
    pub danger: Option<YesNo>,
    /// Whether a child may be at risk.
    pub child: Option<YesNo>,
    /// Whether it is still going on.
    pub ongoing: Option<YesNo>,
    /// Whether graffiti is offensive or threatening.
    pub offensive: Option<bool>,
}

/// Who may read the tip. A child at risk, or a person in danger in a home taken over, always goes
/// to safeguarding.
#[must_use]
pub fn lane(answers: &Answers) -> Lane {
    let yes = Some(YesNo::Yes);
    match answers.topic {
        _ if answers.child == yes => Lane::Safeguarding,
        Topic::Cuckooing if answers.danger == yes => Lane::Safeguarding,
        Topic::Cuckooing => Lane::Cuckooing,
        Topic::Drugs => Lane::Drugs,
        Topic::Graffiti => Lane::Graffiti,
        Topic::Other => Lane::Other,
    }
}

/// How soon a person should look. `Now` skips the release time and so reveals the time of arrival
/// to staff: only for danger to people. Offensive graffiti skips it too, since councils promise to
/// remove it within two hours. It is the only graffiti that is `Soon`
/// ([`is_urgent`](crate::tip::is_urgent)).
#[must_use]
pub fn priority(answers: &Answers) -> Priority {
    let yes = Some(YesNo::Yes);
    match answers.topic {
        _ if answers.danger == yes || answers.child == yes => Priority::Now,
        Topic::Cuckooing => Priority::Soon,
        Topic::Graffiti if answers.offensive == Some(true) => Priority::Soon,
        Topic::Drugs if answers.ongoing == yes => Priority::Soon,
        _ => Priority::Routine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tip::is_urgent;

    const PLAIN: Answers = Answers {
        topic: Topic::Other,
        danger: None,
        child: None,
        ongoing: None,
        offensive: None,
    };

    #[test]
    fn a_child_at_risk_goes_to_safeguarding_at_once_whatever_the_topic() {
        for topic in Topic::ALL {
            let answers = Answers {
                topic: *topic,
                child: Some(YesNo::Yes),
                ..PLAIN
            };
            assert_eq!(
                (lane(&answers), priority(&answers)),
                (Lane::Safeguarding, Priority::Now)
            );
        }
    }

    /// Every combination of answers: what skips the release time follows from lane and priority.
    #[test]
    fn p3_only_danger_a_child_and_offensive_graffiti_skip_the_release_time() {
        let yes = Some(YesNo::Yes);
        let yes_no = [None, yes, Some(YesNo::No), Some(YesNo::Unsure)];
        let mut seen = 0;
        for place in 0..4 * 4 * 4 * 3 * Topic::ALL.len() {
            let answers = Answers {
                danger: yes_no[place % 4],
                child: yes_no[place / 4 % 4],
                ongoing: yes_no[place / 16 % 4],
                offensive: [None, Some(false), Some(true)][place / 64 % 3],
                topic: Topic::ALL[place / 192],
            };
            let wanted = answers.danger == yes
                || answers.child == yes
                || (answers.topic == Topic::Graffiti && answers.offensive == Some(true));
            seen += usize::from(wanted);
            assert_eq!(
                is_urgent(lane(&answers), priority(&answers)),
                wanted,
                "{answers:?}"
            );
        }
        assert!(seen > 100, "the control");
    }

    #[test]
    fn each_topic_has_its_lane_and_only_danger_to_people_leaves_at_once() {
        let of = |answers: Answers| (lane(&answers), priority(&answers));
        assert_eq!(
            of(Answers {
                topic: Topic::Cuckooing,
                ..PLAIN
            }),
            (Lane::Cuckooing, Priority::Soon)
        );
        assert_eq!(
            of(Answers {
                topic: Topic::Cuckooing,
                danger: Some(YesNo::Yes),
                ..PLAIN
            }),
            (Lane::Safeguarding, Priority::Now)
        );
        assert_eq!(
            of(Answers {
                topic: Topic::Drugs,
                ongoing: Some(YesNo::Yes),
                ..PLAIN
            }),
            (Lane::Drugs, Priority::Soon)
        );
        assert_eq!(
            of(Answers {
                topic: Topic::Drugs,
                ongoing: Some(YesNo::No),
                ..PLAIN
            }),
            (Lane::Drugs, Priority::Routine)
        );
        assert_eq!(
            of(Answers {
                topic: Topic::Graffiti,
                offensive: Some(true),
                ..PLAIN
            }),
            (Lane::Graffiti, Priority::Soon)
        );
        assert_eq!(of(PLAIN), (Lane::Other, Priority::Routine));
    }
}
