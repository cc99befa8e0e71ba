use super::statistics::TestHead;
use crate::{
    charts::{BinsChart, expected},
    display,
};
use api::Uniformity;
use leptos::prelude::*;

/// Whether the hashes are spread evenly below their targets.
#[component]
pub fn UniformityView(uniformity: Uniformity) -> impl IntoView {
    let bins = uniformity.bins.to_vec();
    let each = display::hundredths(expected(&bins));
    let counted = format!(
        "{} in 32 equal bins, {each} expected in each; chi-square is {} with 31 degrees of freedom.",
        display::counted(uniformity.shares, "share", "shares"),
        display::millionths(&uniformity.chi_square_millionths),
    );
    let rows = bins.iter().zip(0_u32..).map(|(count, bin)| {
        view! {
            <tr>
                <th scope="row" data-label="Hash / target">
                    {range(bin)}
                </th>
                <td data-label="Shares" data-value=count.to_string()>
                    {display::count(*count)}
                </td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <div data-testid="test-uniformity" class="test">
            <TestHead
                name="Spread: were targets chosen before the shares?"
                outcome=uniformity.outcome
                p_ppm=uniformity.p_ppm
                alpha_ppm=uniformity.alpha_ppm
                counted
            />
            <figure class="bins">
                <BinsChart bins />
                <p class="axis">
                    <span>"hash near 0"</span>
                    <span>"hash near its target"</span>
                </p>
                <figcaption>
                    {format!("Bars: shares per bin. Dashed line: {each}, as many as expected.")}
                </figcaption>
                <details>
                    <summary>"The same as a table"</summary>
                    <div class="scroll" tabindex="0" role="region" aria-label="Shares per bin">
                        <table>
                            <thead>
                                <tr>
                                    <th scope="col">"Hash / target"</th>
                                    <th scope="col">"Shares"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                </details>
            </figure>
            <p class="note">
                "A hash that meets its target is as likely to be anywhere below it. Whoever chooses the target after seeing the hash, to be paid more for it, leaves a trace: the bars become uneven. It cannot show such a choice made once for very many shares, nor shares left out at random, which leaves the spread even."
            </p>
        </div>
    }
    .into_any()
}

/// `3/32 to 4/32`.
fn range(bin: u32) -> String {
    format!("{bin}/32 to {}/32", bin + 1)
}
