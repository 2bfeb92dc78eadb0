using System.Collections.Specialized;
using System.Management.Automation;
using ParallelDag.Wording;

namespace ParallelDag.Commands.Errors;

/// <summary>
/// Every error that the cmdlets report: id, category, target and words, in one place. about_ParallelDag_Errors lists them;
/// a test compares the two. The ids are part of the interface: scripts match on them.
/// </summary>
internal static class ErrorRecords
{
    /// <summary>A fault in a plan, with the user's own line where it came from a file.</summary>
    public static ErrorRecord PlanFault(InputFault fault) => Fault("PlanFault", fault);

    /// <summary>A fault in a graph file, with the user's own line.</summary>
    public static ErrorRecord GraphFileFault(InputFault fault) => Fault("GraphFileFault", fault);

    /// <summary>An argument that is understood but cannot be met.</summary>
    public static ErrorRecord ArgumentFault(string message, object? input) =>
        New("ArgumentFault", ErrorCategory.InvalidArgument, input, message);

    /// <summary>No file of that name.</summary>
    public static ErrorRecord FileNotFound(string path) =>
        New("FileNotFound", ErrorCategory.ObjectNotFound, path,
            $"There is no file '{path}'. Paths start from the current location; -LiteralPath takes brackets as they are.");

    /// <summary>A folder where a file is wanted.</summary>
    public static ErrorRecord PathIsFolder(string path) =>
        New("PathIsFolder", ErrorCategory.InvalidArgument, path, $"'{path}' is a folder; name a file in it.");

    /// <summary>A file where a folder is wanted.</summary>
    public static ErrorRecord PathIsFile(string path) =>
        New("PathIsFile", ErrorCategory.InvalidArgument, path,
            $"'{path}' is a file; name a folder, which is created when it is not there.");

    /// <summary>A path of another provider than the file system.</summary>
    public static ErrorRecord PathNotFileSystem(string path, string provider) =>
        New("PathNotFileSystem", ErrorCategory.InvalidArgument, path,
            $"'{path}' belongs to the provider {provider}; name a path of the file system.");

    /// <summary>A path that PowerShell cannot make sense of, such as a drive that does not exist.</summary>
    public static ErrorRecord PathNotResolved(string path, Exception cause) =>
        New("PathNotResolved", ErrorCategory.InvalidArgument, path, $"'{path}' is no usable path: {OneLine.Of(cause.Message)}", cause);

    /// <summary>An output path whose wildcards match more than one file, or none.</summary>
    public static ErrorRecord PathAmbiguous(string path, int matches) =>
        New("PathAmbiguous", ErrorCategory.InvalidArgument, path,
            $"'{path}' has wildcards and matches {matches} files; name one file, or use -LiteralPath for a name with brackets.");

    /// <summary>The folder of an output path does not exist.</summary>
    public static ErrorRecord FolderNotFound(string folder) =>
        New("FolderNotFound", ErrorCategory.ObjectNotFound, folder,
            $"There is no folder '{folder}'; create it first (New-Item -ItemType Directory).");

    /// <summary>An existing file and -NoClobber.</summary>
    public static ErrorRecord FileExists(string path) =>
        New("FileExists", ErrorCategory.ResourceExists, path,
            $"'{path}' exists and -NoClobber was given; choose another name or leave -NoClobber out.");

    /// <summary>A read-only file without -Force.</summary>
    public static ErrorRecord FileReadOnly(string path) =>
        New("FileReadOnly", ErrorCategory.PermissionDenied, path, $"'{path}' is read-only; -Force overwrites it.");

    /// <summary>Two inputs of one call that would land in one file.</summary>
    public static ErrorRecord FileWrittenTwice(string path) =>
        New("FileWrittenTwice", ErrorCategory.InvalidOperation, path,
            $"This call has written '{path}' already; give a folder as -Path, then each input gets a file named after its plan.");

    /// <summary>The output would overwrite the input by another format.</summary>
    public static ErrorRecord OutputIsInput(string path) =>
        New("OutputIsInput", ErrorCategory.InvalidOperation, path,
            $"'{path}' is the input itself, which another format would overwrite; choose another name.");

    /// <summary>A picture of a plan was asked for where there is a graph alone.</summary>
    public static ErrorRecord PictureNeedsPlan(string name) =>
        New("PictureNeedsPlan", ErrorCategory.InvalidArgument, name,
            $"-Picture draws a plan, and '{name}' is a graph; give the plan, or leave -Picture out.");

    /// <summary>Writing failed below us; the old file, if any, is untouched.</summary>
    public static ErrorRecord FileWriteFailed(string path, Exception cause) =>
        New("FileWriteFailed", ErrorCategory.WriteError, path, $"'{path}': {OneLine.Of(cause.Message)}", cause);

    /// <summary>An input object of a type that the cmdlet has no use for.</summary>
    public static ErrorRecord InputNotSupported(object? input, string wanted) =>
        New("InputNotSupported", ErrorCategory.InvalidType, input, $"{Describe(input)} is not {wanted}.");

    /// <summary>An object that went through a job, a remote session or Export-Clixml and lost its graph on the way.</summary>
    public static ErrorRecord InputDeserialized(object input, string typeName) =>
        New("InputDeserialized", ErrorCategory.InvalidType, input,
            $"This is a copy of a {typeName} that passed through a job, a remote session or a CliXml file and carries neither a graph nor "
                + $"the plan of one. "
            + "Pass a file instead: Export-DagJson there, Import-ParallelDag here.");

    /// <summary>Nothing to work on: no pipeline, no path.</summary>
    public static ErrorRecord InputMissing(string cmdlet) =>
        New("InputMissing", ErrorCategory.InvalidArgument, cmdlet,
            $"{cmdlet} got no DAG; pipe one (Get-ParallelDag, Import-ParallelDag, New-DeploymentPlan), or name a file by -Path.");

    /// <summary>A node or an edge that was made of an object and says what cannot be.</summary>
    public static ErrorRecord ObjectFault(object? item, string message) =>
        New("ObjectFault", ErrorCategory.InvalidData, item, message);

    /// <summary>A second copy of the module in one session.</summary>
    public static ErrorRecord SecondCopy(string module, string loaded) =>
        New("SecondCopy", ErrorCategory.ResourceExists, module,
            $"This session runs ParallelDag from '{loaded}' and cannot run the copy in '{module}' too; start a new session for it.");

    /// <summary>An algorithm for graphs without cycles, and a graph with one.</summary>
    public static ErrorRecord GraphHasCycle(Dag dag) =>
        New("GraphHasCycle", ErrorCategory.InvalidData, dag.Name,
            $"'{dag.Name}' has a cycle, so nothing in it comes before everything else; Find-DagCycle and Get-DagComponent name it.");

    /// <summary>A DAG of one level of detail where another was asked for.</summary>
    public static ErrorRecord DetailNotAvailable(Dag dag, DetailLevel wanted) =>
        New("DetailNotAvailable", ErrorCategory.InvalidArgument, dag.Name,
            $"'{dag.Name}' is a DAG at {dag.Detail} level and cannot be redrawn at {wanted} level; pipe the plan, or use Get-ParallelDag "
                + $"-Detail {wanted}.");

    /// <summary>A filter value that is outside a closed vocabulary.</summary>
    public static ErrorRecord NameUnknown(string what, string value, IEnumerable<string> known) =>
        New("NameUnknown", ErrorCategory.InvalidArgument, value, $"'{value}' is no {what}; known: {string.Join(", ", known)}.");

    /// <summary>No node of that exact id.</summary>
    public static ErrorRecord NodeNotFound(string id, Dag dag) =>
        New("NodeNotFound", ErrorCategory.ObjectNotFound, id,
            $"'{dag.Name}' has no node '{id}'; wildcards are allowed, and Get-DagNode lists all ids.");

    /// <summary>The work would not fit the machine.</summary>
    public static ErrorRecord OutOfMemory(object? input, Exception cause) =>
        New("OutOfMemory", ErrorCategory.ResourceUnavailable, input,
            "This machine has too little memory for that; choose a smaller -Detail or a single -Phase.", cause);

    /// <summary>The desktop did not open the picture.</summary>
    public static ErrorRecord ViewerNotStarted(string path, Exception cause) =>
        New("ViewerNotStarted", ErrorCategory.OpenError, path,
            $"No program opened '{path}': {OneLine.Of(cause.Message)}. The file is complete; open it by hand.", cause);

    /// <summary>A fault of ours, not of the user's.</summary>
    public static ErrorRecord InternalFault(Exception cause, object? input) =>
        New("InternalFault", ErrorCategory.NotImplemented, input,
            $"ParallelDag failed on this input, which is a fault of ParallelDag; please report it: {cause.GetType().Name}: "
                + $"{OneLine.Of(cause.Message)}", cause);

    private static ErrorRecord Fault(string id, InputFault fault)
    {
        InputProblem problem = fault.Problem;
        var exception = new InputException(problem, fault.All);
        if (problem.File is null || problem.Position.Line == 0)
            return new ErrorRecord(exception, id, ErrorCategory.InvalidData, fault.Input);

        // PowerShell's ConciseView prints the user's own line when the target is a dictionary with these keys.
        var place = new OrderedDictionary
        {
            ["File"] = problem.File,
            ["FullPath"] = fault.FullPath,
            ["Line"] = problem.Position.Line,
            ["LineText"] = problem.LineText ?? "",
            ["StartColumn"] = problem.Position.Column,
            ["EndColumn"] = problem.Position.Column + 1,
        };
        var record = new ErrorRecord(exception, id, ErrorCategory.ParserError, place);

        // What other views and logs print of the target.
        record.CategoryInfo.TargetName =
            Words.Invariant($"{problem.File}:{problem.Position.Line}:{problem.Position.Column}");
        record.CategoryInfo.TargetType = "File";
        return record;
    }

    private static ErrorRecord New(string id, ErrorCategory category, object? target, string message, Exception? cause = null) =>
        new(cause is null ? new InputException(message) : new InputException(message, cause), id, category, target);

    private static string Describe(object? input)
    {
        object? bare = input is PSObject wrapped ? wrapped.BaseObject : input;
        return bare switch
        {
            null => "Nothing ($null)",
            string { Length: 0 } => "An empty string",
            string text => $"The string '{(text.Length > 60 ? text[..60] + "..." : text)}'",
            _ => $"An object of type {bare.GetType()}",
        };
    }
}
