using ParallelDag.Graphs;
using ParallelDag.Plans;

namespace ParallelDag.Engines;

/// <summary>What a launch tells of a plan's key.</summary>
/// <param name="Problem">The place and the line.</param>
/// <param name="Differs">True where the engine does something else than the plan says; false for what should be known beside.</param>
public sealed record LaunchRemark(InputProblem Problem, bool Differs)
{
    /// <summary><c>plan.yaml:19:3: warning: ...</c>.</summary>
    public override string ToString() => (Problem with { Message = (Differs ? "warning: " : "note: ") + Problem.Message }).ToString();
}

/// <summary>What is found while a plan is held to an engine: refusals, which end the launch, and remarks.</summary>
internal sealed class LaunchReview(DeploymentPlan plan)
{
    private readonly List<InputProblem> _refusals = [];
    private readonly List<LaunchRemark> _remarks = [];

    /// <summary>Why the engine cannot run the plan.</summary>
    public IReadOnlyList<InputProblem> Refusals => _refusals;

    /// <summary>What should be known.</summary>
    public IReadOnlyList<LaunchRemark> Remarks => _remarks;

    /// <summary>True for a key that the plan writes; a plan made of parts writes none.</summary>
    public bool Writes(string path) => plan.Places?.Writes(path) == true;

    /// <summary>The first of these keys that the plan writes, else the first.</summary>
    public string Written(params string[] paths) => Array.Find(paths, Writes) ?? paths[0];

    /// <summary>Notes why the engine cannot run the plan.</summary>
    public void Refuse(string path, string message) => Add(_refusals, Problem(path, message));

    /// <summary>Notes where the engine differs from the plan. One process serves both phases of a set, so what holds of both is told
    /// once.</summary>
    public void Warn(InstanceSet set, string path, string message)
    {
        if (set.Role != ServingRole.Both
            || !_remarks.Exists(remark => remark.Differs && remark.Problem.Message.EndsWith(message, StringComparison.Ordinal)))
            Add(_remarks, new LaunchRemark(Problem(path, message), Differs: true));
    }

    /// <summary>Notes what should be known beside.</summary>
    public void Note(string path, string message) => Add(_remarks, new LaunchRemark(Problem(path, message), Differs: false));

    private static void Add<T>(List<T> list, T item)
    {
        if (!list.Contains(item))
            list.Add(item);
    }

    private InputProblem Problem(string path, string message) => plan.Places is PlanPlaces places
        ? new InputProblem(places.File, places.Of(path), message)
        : new InputProblem(null, default, $"{path}: {message}");
}
