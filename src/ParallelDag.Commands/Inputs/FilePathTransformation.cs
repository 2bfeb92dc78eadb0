using System.Collections;
using System.Management.Automation;

namespace ParallelDag.Commands.Inputs;

/// <summary>
/// Makes paths of files that come as objects (Get-ChildItem): their full names, with wildcard characters taken as they stand.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FilePathTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? bare = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return bare switch
        {
            FileSystemInfo file => new[] { WildcardPattern.Escape(file.FullName) },
            IList list when list.Cast<object?>().Any(item => (item is PSObject boxed ? boxed.BaseObject : item) is FileSystemInfo) =>
                list.Cast<object?>()
                    .Select(item => (item is PSObject boxed ? boxed.BaseObject : item) is FileSystemInfo file
                        ? WildcardPattern.Escape(file.FullName)
                        : item?.ToString() ?? "").ToArray(),
            _ => inputData,
        };
    }
}
