using ParallelDag.Layouts;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Pareto;
using ParallelDag.Search;

namespace ParallelDag.Tests.Search;

/// <summary>The picture and the page of a search.</summary>
public class SearchPagesTests
{
    [Fact]
    public void Every_text_of_the_picture_is_readable_and_on_the_sheet()
    {
        int drawn = 0;
        for (int seed = 0; seed < 25; seed++)
        {
            (SearchProblem problem, SearchOptions options) = SearchCases.Random(seed);
            SearchResult result = PlanSearch.Run(problem, options);
            if (result.Front.Count == 0)
                continue;
            drawn++;
            Assert.All(ParetoPicture.Draw(result).Marks.OfType<TextMark>(), text =>
            {
                Assert.True(text.Look.Size >= Sheet.SmallestText && text.Width <= text.Room + .5, text.Text);
                Assert.True(text.Left >= 0 && text.Left + text.Width <= Sheet.Width && text.Y <= Sheet.Height, text.Text);
            });
        }

        Assert.True(drawn > 10);
    }

    [Fact]
    public void The_page_names_the_answer_and_the_counts()
    {
        SearchResult result = PlanSearch.Run(SearchCases.Llama70B(32),
            new SearchOptions { Degrees = [1, 2, 4, 8], Modes = [ServingMode.Disaggregated] });
        string page = SearchReport.Write(result);
        Assert.Contains("6 x tp2 and 1 x tp8: ", page, StringComparison.Ordinal);
        Assert.Contains(
            "| 1 | 6 x tp2 and 1 x tp8 | 20 | 178 | 426 ms | 24.9 ms | 357.4 | 40.1 | Pareto |", page, StringComparison.Ordinal);
        Assert.Contains("- 116 on the Pareto front", page, StringComparison.Ordinal);
        Assert.Contains("data-rank=\"116\"", ParetoPicture.ToSvg(result), StringComparison.Ordinal);
    }
}
