namespace ParallelDag.Writers;

/// <summary>
/// How pictures look. Kinds differ by outline, dash pattern and line width as well as by colour; every text has a contrast of at least
/// 4.5:1 on its ground and every line of at least 3:1 (WCAG 2.2 AA, criteria 1.4.3 and 1.4.11), in light and in dark.
/// </summary>
internal static class SvgStyle
{
    /// <summary>The style sheet: the light colours, then the dark ones by media query.</summary>
    public const string Sheet = """
        text{font-family:'Liberation Sans',Arial,Helvetica,sans-serif;fill:#1b1f24}
        .n text{text-anchor:middle;font-size:10px}
        .n .t,.b{font-weight:bold}
        .n .t{font-size:12px}
        .ground{fill:#ffffff}
        .phase{fill:#eef2f7;stroke:#5b6776;stroke-width:2}
        .decode.phase{fill:#f4f0f8}
        .stage{fill:#ffffff;stroke:#5b6776;stroke-width:1.5}
        .layer{fill:#f1f4f8}
        .odd.layer{fill:#e4e9f0}
        .fold{fill:#ffffff;stroke:#5b6776;stroke-width:1.5;stroke-dasharray:2 3}
        .n rect,.n ellipse,.n path{stroke-width:1.3}
        .computation rect{fill:#dbe9fa;stroke:#1f5fa8}
        .communication ellipse{fill:#fdebcf;stroke:#8f5500}
        .routing path{fill:#ecdffa;stroke:#6b3fa0}
        .aggregation path{fill:#d8f1e2;stroke:#1a7041}
        .input rect,.output rect{fill:#eceef1;stroke:#3d444d;stroke-width:2.2}
        .output rect{stroke-dasharray:9 2}
        .e{fill:none;stroke:#4a5563;stroke-width:1.2}
        .e.gate{stroke:#6b3fa0;stroke-width:1.4;stroke-dasharray:5 3}
        .e.pipeline{stroke:#a83c0a;stroke-width:2.6}
        .e.kv{stroke:#0b6778;stroke-width:1.6;stroke-dasharray:9 3 2 3}
        .h{fill:#4a5563;stroke:none}
        .h.gate{fill:#6b3fa0}
        .h.pipeline{fill:#a83c0a}
        .h.kv{fill:#0b6778}
        .l{font-size:10px;fill:#7d2c05;paint-order:stroke;stroke:#ffffff;stroke-width:3px;stroke-linejoin:round}
        .l.kv{fill:#08505d}
        .n.bad rect,.n.bad ellipse,.n.bad path{fill:#fde3e3;stroke:#b3101c;stroke-width:3.5;stroke-dasharray:none}
        .n .m{fill:#8d0b15;font-weight:bold}
        .e.bad{stroke:#b3101c;stroke-width:3.2}
        .h.bad{fill:#b3101c}
        @media (prefers-color-scheme:dark){
        text{fill:#e8eaed}
        .ground{fill:#14171b}
        .phase{fill:#1a2029;stroke:#8b98a9}
        .decode.phase{fill:#211c2a}
        .stage{fill:#14171b;stroke:#8b98a9}
        .layer{fill:#1b2028}
        .odd.layer{fill:#232a34}
        .fold{fill:#14171b;stroke:#8b98a9}
        .computation rect{fill:#17314f;stroke:#7fb2ee}
        .communication ellipse{fill:#43300f;stroke:#e0ae5c}
        .routing path{fill:#362350;stroke:#c3a1ee}
        .aggregation path{fill:#143a27;stroke:#72cf9c}
        .input rect,.output rect{fill:#2b3037;stroke:#c3c9d1}
        .e{stroke:#a7b2c0}
        .e.gate{stroke:#c3a1ee}
        .e.pipeline{stroke:#f09a6a}
        .e.kv{stroke:#5cc4d6}
        .h{fill:#a7b2c0}
        .h.gate{fill:#c3a1ee}
        .h.pipeline{fill:#f09a6a}
        .h.kv{fill:#5cc4d6}
        .l{fill:#f6b894;stroke:#14171b}
        .l.kv{fill:#8fdbe8}
        .n.bad rect,.n.bad ellipse,.n.bad path{fill:#4a1519;stroke:#ff7a80}
        .n .m{fill:#ffb3b6}
        .e.bad{stroke:#ff7a80}
        .h.bad{fill:#ff7a80}
        }

        """;
}
