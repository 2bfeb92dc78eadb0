using System.Text;
using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Files;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Tests.Writers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Readers;

/// <summary>
/// Thousands of damaged files: each is either refused in one line or read, and what is read can be checked, written and read again with the
/// same result.
/// Seeds are fixed, so a failure comes back; the seed is in its message.
/// </summary>
public sealed class ReaderFuzzTests
{
    private const string Foreign = """
        /* drawn by hand */ strict digraph "hand \" made" {
          graph [label="64 GPUs"] node [shape=box, style="rounded,filled"]; edge [color=blue]
          subgraph cluster_0 { label=<<b>Decode</b> stage 1>;
        a [label="QKV Projection\nGPU 0-15\nINPUT DIMENSION: [batch=4, seq=?]"]; b:p:n; }
          "c d" [shape=ellipse label="All-Gather\lGPUs: 0,1,2\lOutput: [x=1]\l"]
          a -> b -> {"c d" e} -> f [style=dashed, label="pipeline"]; a, b -> f [key=1]
          f [label="Experts 0-3\nALL GPUs" + "!"]; // a comment
        }
        """;

    [Fact]
    public void Damaged_DOT_files() => Fuzz(3000, text => Dot(text, "fuzz.dot"), dag => DotWriter.ToText(dag),
        DotWriter.ToText(FileSamples.Generated()), Foreign, DotWriter.ToText(FileSamples.WithText("\"]; evil [label=\"")));

    [Fact]
    public void Damaged_JSON_files() => Fuzz(3000, text => JsonReader.Read(text, "fuzz.json"), JsonWriter.ToText,
        JsonWriter.ToText(FileSamples.Generated()), JsonWriter.ToText(DotReader.Read(Foreign)),
        JsonWriter.ToText(FileSamples.WithText("</script>")));

    [Fact]
    public void Damaged_files_of_a_whole_plan()
    {
        Dag dag = DagGenerator.Generate(
            DeploymentPlan.Create(
                TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2, Pp = 2 }, new PhaseStrategy { Tp = 2, Pp = 2 })));
        Fuzz(300, text => Dot(text, "plan.dot"), dag => DotWriter.ToText(dag), DotWriter.ToText(dag));
        Fuzz(300, text => JsonReader.Read(text, "plan.json"), JsonWriter.ToText, JsonWriter.ToText(dag));
    }

    // A copy is no longer the drawing that was read, so the writer writes it anew.
    private static Dag Dot(byte[] text, string file) =>
        FileSamples.Copied(DotReader.Read(DotEncoding.Decode(InputFile.Of(text, file)).Text, file));

    private static void Fuzz(int rounds, Func<byte[], Dag> read, Func<Dag, string> write, params string[] files)
    {
        int refused = 0, accepted = 0;
        for (int seed = 0; seed < rounds; seed++)
        {
            byte[] text = Mutation.Of(Encoding.UTF8.GetBytes(files[seed % files.Length]), seed);
            try
            {
                if (Survives(read, write, text))
                    accepted++;
                else
                    refused++;
            }
            catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}: {fault}");
            }
        }

        // Damage that is never noticed, or always, tests nothing.
        Assert.InRange(refused, rounds / 10, rounds);
        Assert.InRange(accepted, rounds / 50, rounds);
    }

    /// <summary>False when the text is refused as it should be.</summary>
    private static bool Survives(Func<byte[], Dag> read, Func<Dag, string> write, byte[] text)
    {
        Dag dag;
        try
        {
            dag = read(text);
        }
        catch (InputException fault)
        {
            Assert.DoesNotContain('\n', fault.Message);
            Assert.StartsWith("fuzz.", fault.Message.Replace("plan.", "fuzz.", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.InRange(fault.Message.Length, 20, 1000);
            return false;
        }

        string again = write(dag);
        Assert.Equal(again, write(read(Encoding.UTF8.GetBytes(again))));
        Assert.Equal(CheckRule.All.Count(rule => rule.RunsWhere(dag)) - 1, CheckRunner.Run(dag).Results.Count);
        return true;
    }
}
