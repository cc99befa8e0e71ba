use api::{PoolReport, PoolWarning};
use leptos::prelude::*;

/// What a look at a pool found: whether a contract could use it, warnings, everything else.
#[component]
pub fn PoolReportView(report: PoolReport) -> impl IntoView {
    let verdict = match report.usable {
        true => "A contract could use this pool.",
        false => "A contract could not use this pool.",
    };
    view! {
        <div data-testid="pool-report" data-usable=report.usable.to_string()>
            <p>
                <strong>{verdict}</strong>
                " "
                <code>{report.address}</code>
            </p>
            <Warnings warnings=report.warnings />
            <ul data-testid="pool-words">
                {report.words.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}
            </ul>
        </div>
    }
    .into_any()
}

#[component]
fn Warnings(warnings: Vec<PoolWarning>) -> impl IntoView {
    let line = |warning: PoolWarning| {
        let mark = if warning.refuses {
            "Refused: "
        } else {
            "Note: "
        };
        // The code's name in JSON, for tests and scripts.
        let code = serde_json::to_string(&warning.code).unwrap_or_default();
        view! {
            <li data-code=code.trim_matches('"').to_owned() data-refuses=warning.refuses.to_string()>
                <strong>{mark}</strong>
                {warning.message}
            </li>
        }
    };
    let lines = warnings.into_iter().map(line).collect_view();
    view! { <ul data-testid="pool-warnings">{lines}</ul> }.into_any()
}
