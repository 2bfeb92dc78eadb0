# Starts a PowerShell of the same kind as this one. A PowerShell that is a .NET tool runs in `dotnet`, and the program beside its
# libraries may be one of another machine; `dotnet pwsh` needs the folder of the tool manifest, which a test may have left.
function Start-Pwsh {
    $program = [Environment]::ProcessPath
    if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { & $program (Join-Path $PSHOME pwsh.dll) @args }
    else { & $program @args }
}
