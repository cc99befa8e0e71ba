use super::{
    mark::{Mark, Tone},
    rules::{Answer, GROUPS, Group, Rule, unlisted},
};
use crate::{components::Slice, display};
use api::Verdict;
use leptos::prelude::*;
use std::sync::Arc;

/// Every rule by group: what was checked, how often, and what came of it.
#[component]
pub fn Checks(verdict: Arc<Verdict>) -> impl IntoView {
    let groups = GROUPS.iter().map(|group| {
        let verdict = verdict.clone();
        view! { <Slice>{group_view(group, &verdict)}</Slice> }
    });
    let groups = groups.collect::<Vec<_>>();
    let others = unlisted(&verdict.faults_by_code)
        .into_iter()
        .map(|fault| {
            let words = display::words(&fault.code);
            let what = format!("Another rule: {words}.");
            let times = failed_words(fault.count);
            line(fault.code, "failed", Tone::Bad, times, what, String::new())
        })
        .collect::<Vec<_>>();
    let others = (!others.is_empty()).then(|| view! { <ul class="rules">{others}</ul> });
    view! {
        <div class="checks" data-testid="checks">
            <h4>"What was checked"</h4>
            {groups}
            {others}
        </div>
    }
    .into_any()
}

/// One group, folded unless something in it failed.
fn group_view((name, rules): &Group, verdict: &Verdict) -> AnyView {
    let answers = rules.iter().map(|rule| rule.answer(verdict));
    let answers = answers.collect::<Vec<_>>();
    let (tone, words) = group_words(&answers);
    let lines = rules.iter().zip(&answers);
    let lines = lines.map(|(rule, answer)| rule_line(rule, *answer, verdict));
    view! {
        <details open=tone == Tone::Bad>
            <summary>
                <span>{*name}</span>
                " "
                <Mark tone words />
            </summary>
            <ul class="rules">{lines.collect::<Vec<_>>()}</ul>
        </details>
    }
    .into_any()
}

/// `11 checks passed`, `1 of 11 checks failed`, `9 of 11 checks passed, 2 not made`.
fn group_words(answers: &[Answer]) -> (Tone, String) {
    let all = answers.len();
    let number = |is: fn(&Answer) -> bool| answers.iter().filter(|answer| is(answer)).count();
    let failed = number(|answer| matches!(answer, Answer::Failed(_)));
    let passed = number(|answer| *answer == Answer::Passed);
    match (failed, passed) {
        (0, passed) if passed == all => (Tone::Good, format!("{all} checks passed")),
        (0, 0) => (Tone::Calm, "nothing to check".into()),
        (0, passed) => (
            Tone::Good,
            format!("{passed} of {all} checks passed, {} not made", all - passed),
        ),
        (failed, _) => (Tone::Bad, format!("{failed} of {all} checks failed")),
    }
}

fn rule_line(rule: &Rule, answer: Answer, verdict: &Verdict) -> AnyView {
    let (state, tone, words) = match answer {
        Answer::Passed => ("passed", Tone::Good, "Passed".into()),
        Answer::Failed(times) => ("failed", Tone::Bad, failed_words(times)),
        Answer::Nothing => ("nothing", Tone::Calm, "Nothing to check".into()),
        Answer::NotInSample => (
            "not-in-sample",
            Tone::Calm,
            "Not checked in a sample".into(),
        ),
        Answer::NotReached => (
            "not-reached",
            Tone::Calm,
            "Not checked: the reading ended before".into(),
        ),
    };
    let times = match answer {
        Answer::Passed | Answer::Failed(_) => format!(" ({})", rule.on.words(verdict)),
        _ => String::new(),
    };
    let code = rule.codes.join(" ");
    line(code, state, tone, words, rule.says.into(), times)
}

fn failed_words(times: u64) -> String {
    match times {
        1 => "Failed once".into(),
        times => format!("Failed {} times", display::count(times)),
    }
}

fn line(
    code: String,
    state: &'static str,
    tone: Tone,
    words: String,
    says: String,
    times: String,
) -> AnyView {
    view! {
        <li data-code=code data-state=state>
            <Mark tone words />
            <span>{says} <span class="note">{times}</span></span>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_groups_words_count_what_was_made() {
        use Answer::{Failed, NotInSample, Passed};
        for (answers, tone, words) in [
            (vec![Passed, Passed], Tone::Good, "2 checks passed"),
            (vec![NotInSample], Tone::Calm, "nothing to check"),
            (
                vec![Passed, NotInSample],
                Tone::Good,
                "1 of 2 checks passed, 1 not made",
            ),
            (vec![Passed, Failed(7)], Tone::Bad, "1 of 2 checks failed"),
        ] {
            assert_eq!(group_words(&answers), (tone, words.to_string()));
        }
    }
}
