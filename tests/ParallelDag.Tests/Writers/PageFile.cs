using ParallelDag.Exports;
using ParallelDag.Lowering;
using ParallelDag.Renderings;

namespace ParallelDag.Tests.Writers;

/// <summary>Pages of plans as export writes them, in files that a browser can open.</summary>
internal static class PageFile
{
    /// <summary>True once the scripts of the page are through.</summary>
    public const string Ready = "document.documentElement.dataset.ready === 'true'";

    /// <summary>The page of a plan, alone or beside another.</summary>
    public static string Of(DeploymentPlan plan, DeploymentPlan? beside = null)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("page").FullName, "page.html");
        using FileStream output = File.Create(path);
        Write(plan, beside, output);
        return path;
    }

    /// <summary>The page as text.</summary>
    public static string Text(DeploymentPlan plan, DeploymentPlan? beside = null)
    {
        using var output = new MemoryStream();
        Write(plan, beside, output);
        return System.Text.Encoding.UTF8.GetString(output.ToArray());
    }

    private static void Write(DeploymentPlan plan, DeploymentPlan? beside, Stream output)
    {
        Dag dag = DagGenerator.Generate(plan);
        (Dag, DeploymentPlan?)? other = beside is null ? null : (DagGenerator.Generate(beside), beside);
        ExportOptions options = PlanPage.Complete(GraphFormats.Html, dag, plan, new ExportOptions(), other);
        ParallelDag.Writers.HtmlWriter.Write(dag, output, options.Drawing, options.Page);
    }
}
