using ParallelDag.Files;
using ParallelDag.Pictures;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag export --picture</c>: one picture of a plan.</summary>
internal static class PictureExport
{
    public static int Run(Session session, string path, PlanPicture picture, string target)
    {
        CancellationToken cancellation = session.Cancellation;
        using Progress progress = session.StartProgress();
        progress.Step("reading");
        InputFile input = Inputs.Open(path, cancellation);
        DeploymentPlan plan = Inputs.Plan(input, "export --picture", cancellation);
        if (input.Path is string source && OutputFiles.AreSame(source, target))
            throw new OutputException(target, "this is the plan itself; choose another name for the output");
        progress.Step("drawing");
        var subject = new PictureSubject(plan, cancellation: cancellation);
        using OutputFiles files = session.CreateFiles();
        session.OutputTo(target, files).Write(stream => picture.Write(subject, stream));
        files.Commit();
        return ExitCodes.Done;
    }
}
