using System.Text.Json;
using ParallelDag.Layouts;
using ParallelDag.Wording;

namespace ParallelDag.Writers;

/// <summary>What of a page depends on its plans, beside their graphs: verdicts, a panel a tab, groups.</summary>
internal sealed class HtmlPanels(PageContent content, IReadOnlyList<Drawing> drawings, MarkupWriter markup)
{
    private readonly PageContent[] _contents = content.Beside is PagePartner partner ? [content, partner.Content] : [content];

    public MarkupWriter Markup => markup;

    public IReadOnlyList<Drawing> Drawings => drawings;

    private bool IsPair => drawings.Count > 1;

    /// <summary>The title of the page.</summary>
    public string Title => IsPair ? $"{Label(0)} beside {Label(1)}"
        : content.Pictures.Count > 0 ? drawings[0].Dag.Name : drawings[0].Title?.Text ?? drawings[0].Dag.Name;

    /// <summary>What ids of a plan's parts end with.</summary>
    public static string Suffix(int plan) => plan == 0 ? "" : "-b";

    /// <summary>Whether the rules hold.</summary>
    public void WriteVerdicts()
    {
        for (int plan = 0; plan < _contents.Length; plan++)
        {
            if (_contents[plan].Checks is not CheckReport checks)
                continue;
            int run = checks.Results.Count - checks.Count(CheckStatus.Skipped);
            string who = IsPair ? Label(plan) + ": " : "", sign = checks.Holds ? "\u2713" : "\u2717";
            markup.Raw($"  <p class=\"verdict {(checks.Holds ? "good" : "bad")}\">");
            markup.Text(Words.Invariant($"{sign} {who}{checks.Count(CheckStatus.Pass)} of {run} checks hold"));
            markup.Raw("</p>\n");
        }
    }

    /// <summary>Which rules fail, and what they saw.</summary>
    public void WriteFailures()
    {
        if (_contents.All(plan => plan.Checks?.Holds != false))
            return;
        markup.Raw("<section id=\"failures\" tabindex=\"0\" aria-label=\"Rules that fail\"><ul>\n");
        for (int plan = 0; plan < _contents.Length; plan++)
        {
            foreach (CheckResult failure in _contents[plan].Checks?.Failures ?? [])
            {
                markup.Raw("  <li><strong>");
                markup.Text($"{(IsPair ? Label(plan) + ": " : "")}{failure.Id} {failure.Title}");
                markup.Raw("</strong>: ");
                markup.Text(failure.Evidence);
                markup.Raw("</li>\n");
            }
        }

        markup.Raw("</ul></section>\n");
    }

    /// <summary>A section for each picture, with those of both plans side by side, and one for each table.</summary>
    public void WritePictures()
    {
        foreach (string name in _contents.SelectMany(plan => plan.Pictures).Select(picture => picture.Name).Distinct())
        {
            PagePicture?[] shown = [.. _contents.Select(plan => plan.Pictures.FirstOrDefault(picture => picture.Name == name))];
            Open(name, shown.OfType<PagePicture>().First().Title, "sheet");
            for (int plan = 0; plan < shown.Length; plan++)
            {
                markup.Raw(Words.Invariant($"<div class=\"pane\" data-plan=\"{plan}\">"));
                if (IsPair)
                    Heading(plan);
                if (shown[plan] is PagePicture picture)
                    markup.Raw(picture.Markup);
                else
                    markup.Raw("<p class=\"hint nothing\">This plan has no such picture.</p>");
                markup.Raw("</div>");
            }

            markup.Raw("</section>\n");
        }

        foreach (PagePicture table in content.Tables)
        {
            Open(table.Name, table.Title, "table");
            markup.Raw(table.Markup);
            markup.Raw("</section>\n");
        }
    }

    /// <summary>A canvas for each graph.</summary>
    public void WriteCanvases()
    {
        for (int plan = 0; plan < drawings.Count; plan++)
        {
            markup.Raw("<div class=\"pane\">");
            if (IsPair)
                Heading(plan);
            markup.Raw($"<canvas id=\"picture{Suffix(plan)}\" tabindex=\"0\" role=\"application\" aria-roledescription=\"graph\"");
            markup.Attribute("aria-label", (IsPair ? Label(plan) : Title) + ". Arrow keys move, with Shift they go from operator to "
                + "operator, plus and minus zoom, 0 fits, Enter chooses the operator in the middle.");
            markup.Attribute("aria-describedby", "details");
            markup.Raw("></canvas></div>");
        }
    }

    /// <summary>Names and process groups of the plans, for the scripts.</summary>
    public void WritePlans(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        for (int plan = 0; plan < _contents.Length; plan++)
        {
            json.WriteStartObject();
            json.WriteString("name", JsonFacts.Encode(drawings[plan].Dag.Name));
            json.WriteString("label", JsonFacts.Encode(IsPair ? Label(plan) : ""));
            json.WriteStartArray("phases");
            foreach (IGrouping<PhaseId, PageGroups> phase in _contents[plan].Groups.GroupBy(group => group.Phase))
            {
                json.WriteStartObject();
                json.WriteString("name", phase.Key.ToName());
                json.WriteStartObject("groups");
                foreach (PageGroups axis in phase)
                {
                    json.WriteStartArray(axis.Axis);
                    foreach (GpuSet group in axis.Groups)
                        json.WriteStringValue(group.ToString());
                    json.WriteEndArray();
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The name of a plan; two of one name are told apart by letters.</summary>
    private string Label(int plan) => !IsPair || drawings[0].Dag.Name != drawings[1].Dag.Name ? drawings[plan].Dag.Name
        : $"{drawings[plan].Dag.Name} ({(plan == 0 ? 'A' : 'B')})";

    private void Open(string name, string title, string kind)
    {
        markup.Raw($"  <section class=\"{kind}\"{(kind == "table" ? " tabindex=\"0\"" : "")} hidden");
        markup.Attribute("id", "sheet-" + name);
        markup.Attribute("data-title", title);
        markup.Raw(">");
    }

    private void Heading(int plan)
    {
        markup.Raw("<h2>");
        markup.Text(Label(plan));
        markup.Raw("</h2>");
    }
}
