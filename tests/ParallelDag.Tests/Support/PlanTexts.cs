using System.Text;
using ParallelDag.Documents;
using ParallelDag.Plans;

namespace ParallelDag.Tests.Support;

/// <summary>Plans and parts of plans from text.</summary>
internal static class PlanTexts
{
    /// <summary>The tree of a JSON text.</summary>
    public static DocumentNode Tree(string json, string file = "p.json") => JsonTree.Read(Encoding.UTF8.GetBytes(json), file);

    /// <summary>The plan of a JSON text.</summary>
    public static DeploymentPlan Plan(string json, string file = "p.json") => PlanReader.Read(Tree(json, file), file);

    /// <summary>The model of a plan's <c>model</c> section, with every problem of it.</summary>
    public static ModelSpec? Model(DocumentNode section, out IReadOnlyList<InputProblem> problems)
    {
        var log = new BindingLog(null);
        var plan = new DocumentMap([new DocumentEntry("model", default, section)], default);
        ModelSpec? model = ModelBinder.Bind(new PlanBinder(plan, "", log), log, null, out _);
        problems = log.Problems;
        return model;
    }
}
