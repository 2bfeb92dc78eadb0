using System.Text.Json;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Writers;

public sealed class JsonWriterTests
{
    [Fact]
    public void A_file_of_everything_is_as_approved() => Expectation.Matches("sample.json", JsonWriter.ToText(FileSamples.Generated()));

    [Fact]
    public void The_reference_plan_is_as_approved() => Expectation.Matches(
        "llm_parallel_simplified.json",
        JsonWriter.ToText(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference), DetailLevel.Overview)));

    [Fact]
    public void Every_text_comes_back_from_another_parser()
    {
        foreach (string text in FileSamples.Hostile())
        {
            using JsonDocument document = JsonDocument.Parse(JsonWriter.ToText(FileSamples.WithText(text)));
            Assert.Equal(text, document.RootElement.GetProperty("name").GetString());
            JsonElement node = document.RootElement.GetProperty("nodes")[0];
            foreach (string property in (string[])["id", "name", "experts", "inputPlacement", "outputPlacement", "layers"])
                Assert.Equal(text, node.GetProperty(property).GetString());
            Assert.Equal(text, document.RootElement.GetProperty("edges")[0].GetProperty("label").GetString());
        }
    }

    [Fact]
    public void Nothing_in_it_ends_a_script_element()
    {
        string json = JsonWriter.ToText(FileSamples.WithText("</script><!--"));
        Assert.DoesNotContain("<", json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_writer_stops()
    {
        using var stream = new MemoryStream();
        Assert.Throws<OperationCanceledException>(() =>
            JsonWriter.Write(FileSamples.Generated(), stream, new CancellationToken(canceled: true)));
    }
}
