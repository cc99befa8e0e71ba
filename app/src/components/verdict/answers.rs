use crate::display;
use api::{AnswerCounts, PoolAnswers, PoolLine, Refusal, ShareCount};
use leptos::prelude::*;

/// What the pool said of the shares that were sent on to it, as the bundle has it.
#[component]
pub fn AnswersView(
    answers: PoolAnswers,
    /// Shares that count.
    shares_valid: u64,
) -> impl IntoView {
    let all = answers.all;
    let counts = (all.met.shares > 0).then(|| view! { <Counts all /> });
    let served = answers.by_pool.into_iter().filter(|pool| pool.sessions > 0);
    let served = served.collect::<Vec<_>>();
    let pools = (served.len() > 1).then(|| {
        view! { <ul>{served.iter().map(|pool| view! { <li>{pool_words(pool)}</li> }).collect_view()}</ul> }
    });
    let refusals = answers.refusals.iter().map(|refusal| {
        view! { <li data-testid="refusal-row">{refusal_words(refusal)}</li> }
    });
    let refusals = refusals.collect::<Vec<_>>();
    let left_out = (answers.refusals_left_out > 0).then(|| {
        let shares = display::counted(answers.refusals_left_out, "share", "shares");
        view! { <li>{format!("And {shares} with other numbers.")}</li> }
    });
    let refusals = (!refusals.is_empty()).then(|| {
        view! {
            <p>"Refused, by the number and the text that came with the first of them:"</p>
            <ul>{refusals} {left_out}</ul>
        }
    });
    view! {
        <div class="answers" data-testid="pool-answers">
            <h4>"What the pool answered"</h4>
            <p>{sentence(&all, shares_valid)}</p>
            {counts}
            {pools}
            {refusals}
            <p class="note">
                "These are the pool's answers as the server wrote them down: a record, and no proof. Your account at the pool has its own count. A share without a recorded answer may not have been sent, or not answered, or its answer not written down. What is owed does not depend on them: every share counts by the target that its machine was given."
            </p>
        </div>
    }
    .into_any()
}

fn sentence(all: &AnswerCounts, shares_valid: u64) -> String {
    match all.met.shares {
        0 => "No share met the target that the pool asks for, so none had to be sent on to it."
            .into(),
        met => format!(
            "Of {}, {} met the target that the pool had set with the job, and had to be sent on to it at once.",
            display::counted(shares_valid, "share", "shares"),
            display::count(met),
        ),
    }
}

/// Where the work went, and what came of it there.
fn pool_words(pool: &PoolLine) -> String {
    let answers = pool.answers;
    format!(
        "{} in {}: {} sent on, {} accepted, {} refused, {} without an answer.",
        pool.pool,
        display::counted(pool.sessions.into(), "session", "sessions"),
        display::count(answers.met.shares),
        display::count(answers.accepted.shares),
        display::count(answers.refused.shares),
        display::count(answers.unanswered.shares),
    )
}

fn refusal_words(refusal: &Refusal) -> String {
    let code = match refusal.code {
        Some(code) => code.to_string(),
        None => "no number".into(),
    };
    let reason = match refusal.reason.as_str() {
        "" => "no text",
        reason => reason,
    };
    let shares = display::counted(refusal.shares, "share", "shares");
    format!("{code}, {reason}: {shares}")
}

#[component]
fn Counts(all: AnswerCounts) -> impl IntoView {
    let row = |name: &'static str, key: &'static str, count: ShareCount| {
        view! {
            <tr data-testid="answer-row" data-answer=key>
                <th scope="row" data-label="Answer">
                    {name}
                </th>
                <td data-label="Shares" data-value=count.shares.to_string()>
                    {display::count(count.shares)}
                </td>
                <td data-label="Work" data-value=count.work_hashes.to_string()>
                    {display::work(count.work_hashes)}
                </td>
            </tr>
        }
    };
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Answer"</th>
                    <th scope="col">"Shares"</th>
                    <th scope="col">"Work"</th>
                </tr>
            </thead>
            <tbody>
                {row("Accepted", "accepted", all.accepted)} {row("Refused", "refused", all.refused)}
                {row("None recorded", "unanswered", all.unanswered)}
            </tbody>
        </table>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_was_sent_on() {
        let mut all = AnswerCounts::default();
        assert!(sentence(&all, 9).starts_with("No share met"));
        all.met.shares = 4;
        assert!(sentence(&all, 9).starts_with("Of 9 shares, 4 met the target"));
    }

    #[test]
    fn a_refusal_without_number_or_text_says_so() {
        let mut refusal = Refusal {
            code: None,
            reason: String::new(),
            shares: 1,
        };
        assert_eq!(refusal_words(&refusal), "no number, no text: 1 share");
        (refusal.code, refusal.reason) = (Some(23), "Low difficulty share".into());
        assert_eq!(refusal_words(&refusal), "23, Low difficulty share: 1 share");
    }
}
